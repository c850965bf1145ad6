import type { Counts } from './parent-state.ts';
import type { Failure } from './failure.ts';
import type { JobState } from './state.ts';
import type { WorkData } from './outcome.ts';

/** PowerShell's PSJobTypeName, ours. A child's is empty. */
export type JobType =
  | 'RemoteJob'
  | 'LocalJob'
  | 'ThreadJob'
  | 'CheckJob'
  | 'TransferJob'
  | 'FactsJob'
  | 'SweepJob'
  | 'ScheduledJob';

interface CommonView {
  readonly id: number;
  readonly instanceId: string;
  readonly name: string;
  readonly state: JobState;
  readonly hasMoreData: boolean;
  readonly location: string;
  readonly command: string;
  /** Wall times in milliseconds since the epoch; ISO 8601 in JSON. */
  readonly begin: number | null;
  readonly end: number | null;
  /** From the monotonic clock; of an unfinished job, so far. */
  readonly durationMs: number | null;
  readonly statusMessage: string | null;
}

/** A parent job at one moment: plain data, never changed afterwards. */
export interface JobView extends CommonView {
  readonly parentId: null;
  readonly type: JobType;
  readonly counts: Counts;
  /** The children, in target order. */
  readonly children: readonly ChildView[];
}

/** A child job at one moment. */
export interface ChildView extends CommonView {
  readonly parentId: number;
  readonly type: '';
  readonly host: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly failure: Failure | null;
  /** Connections tried; 0 while it never left the queue. */
  readonly attempts: number;
  readonly bytes: { readonly output: number; readonly error: number };
  /** After a stop or a time limit: whether the end on the host was confirmed. Not part of the JSON form. */
  readonly endConfirmed: boolean | null;
  /** Further JSON fields of this kind of job, like `check`. */
  readonly data: WorkData;
}
