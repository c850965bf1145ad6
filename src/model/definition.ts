import type { Access } from './access.ts';
import type { Target } from './target.ts';
import type { WorkSpec } from './ports/work.ts';

/** Everything a job is made from, every default already resolved. */
export interface JobDefinition {
  readonly work: WorkSpec;
  /** In this order the children get their ids, and are started. */
  readonly targets: readonly Target[];
  readonly access: Access;
  /** A template: with `{host}` it names each child, and the parent takes it with `{host}` removed. null: `JobN`. */
  readonly name: string | null;
  /** Children that run at once. */
  readonly fanout: number;
  /** Bounds resolve, connect, greeting and key exchange, from the moment a login slot is granted. */
  readonly connectTimeoutMs: number;
  /** Bounds the command's own time; null: no limit. */
  readonly timeoutMs: number | null;
  /** Further attempts when a phase before the command was sent failed. */
  readonly retries: number;
  /** Exit codes that count as success. */
  readonly okCodes: readonly number[];
  /** From TERM to KILL. */
  readonly graceMs: number;
  /** Opened once for each child; null: the command's stdin is empty. */
  readonly input: (() => AsyncIterable<Uint8Array>) | null;
  /** Whether lines of the SSH conversation are wanted as trace events. */
  readonly trace: boolean;
}
