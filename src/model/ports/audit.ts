import type { AuditSettings } from '../audit.ts';
import type { Outcome } from '../outcome.ts';
import type { StreamName } from '../record.ts';
import type { Target } from '../target.ts';
import type { WorkSpec } from './work.ts';

/** Writes down who ran what where, and what came of it: for good, unlike the journal, which is for the next controller. */
export interface AuditLog {
  /** Before anything of the job is begun. Throws ConfigError `audit` where it cannot be written down. */
  begun(job: AuditedJob): AuditTrail;
  /** Goes on with a job that an earlier controller has begun; `ended`: how those of its children did that have. */
  resumed(job: AuditedJob, ended: readonly Outcome[]): AuditTrail;
}

export interface AuditedJob {
  readonly id: number;
  readonly instanceId: string;
  readonly type: string;
  readonly command: string;
  readonly work: WorkSpec;
  readonly targets: readonly Target[];
  /** As whom its commands run; null: as who logs in. */
  readonly become: string | null;
  readonly durable: boolean;
  readonly rerunOf: number | null;
  readonly settings: AuditSettings;
}

export interface AuditTrail {
  /** `isWhole`: what it said is heard from its first byte on. */
  child(child: AuditedChild, isWhole: boolean): ChildTrail;
}

export interface AuditedChild {
  readonly id: number;
  readonly instanceId: string;
  readonly command: string;
  readonly target: Target;
}

export interface ChildTrail {
  /** What it said, as it is kept, in its order. */
  said(stream: StreamName, data: Uint8Array): void;
  /** Once. null: it is written down; else why not, as safe text. */
  ended(end: AuditedEnd): string | null;
}

export interface AuditedEnd {
  readonly outcome: Outcome;
  /** Wall times. */
  readonly begin: number | null;
  readonly end: number;
  readonly attempts: number;
  readonly bytes: { readonly output: number; readonly error: number };
}
