import type { Access } from './access.ts';
import type { AuditSettings } from './audit.ts';
import type { Become } from './become.ts';
import type { Rollout } from './rollout.ts';
import type { Target } from './target.ts';
import type { WorkSpec } from './ports/work.ts';

/** Everything a job is made from, every default already resolved. */
export interface JobDefinition {
  readonly work: WorkSpec;
  /** In this order the children get their ids, and are started. A host may be there more than once where there are items. */
  readonly targets: readonly Target[];
  /** One for each target, in the same order: what its child works on; null: all do the same. */
  readonly items: readonly string[] | null;
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
  /** About so long between two attempts, in milliseconds; half of it is chance. null: short waits that grow. */
  readonly retryDelayMs: number | null;
  /** Batches, thresholds and the like. */
  readonly rollout: Rollout;
  /** Commands run as another user; null: as who logs in. */
  readonly become: Become | null;
  /** Exit codes that count as success. */
  readonly okCodes: readonly number[];
  /** From TERM to KILL. */
  readonly graceMs: number;
  /** What every command gets on its stdin; null: nothing, end of file at once. */
  readonly input: JobInput | null;
  /** 1: each phase of a child becomes a `verbose` record; 2: the SSH conversation `debug` records too. */
  readonly verbosity: 0 | 1 | 2;
  /**
   * The command outlives its connection: a supervisor on the host keeps its output and its status, a lost connection makes
   * the child Disconnected, and work goes on from the byte that was there last.
   */
  readonly durable: boolean;
  /** How much of one child's output and errors is kept; null: all. */
  readonly maxOutput: OutputLimit | null;
  /** Where it is written down that it was run; null: nowhere. */
  readonly audit: AuditSettings | null;
  /** How long its connections are kept idle afterwards; null: as long as the controller keeps any. */
  readonly keepMs: number | null;
}

/** A limit on what one child may say, in bytes over both its streams. */
export interface OutputLimit {
  readonly bytes: number;
  /** `cut`: the first and the last part are kept, and it goes on. `fail`: it is ended as Failed, `output-limit`. */
  readonly action: 'cut' | 'fail';
}

/** A file of the controller's machine, read anew for each child; or bytes made by whoever starts the job. */
export type JobInput =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stream'; readonly open: () => AsyncIterable<Uint8Array> };
