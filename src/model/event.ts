import type { JobState } from './state.ts';
import type { JobView } from './job.ts';
import type { OutputRecord } from './record.ts';
import type { Failure, Phase } from './failure.ts';

/** What happens to one parent job and its children, in order. Presenters and the library subscribe to these. */
export type JobEvent = StateEvent | RecordEvent | PhaseEvent | TraceEvent | EndEvent;

export interface StateEvent {
  readonly event: 'state';
  readonly jobId: number;
  /** null: the job is a parent. */
  readonly parentId: number | null;
  readonly host: string | null;
  readonly from: JobState;
  readonly to: JobState;
  readonly time: number;
  /** Why, where a child went to Failed. */
  readonly failure: Failure | null;
}

export interface RecordEvent {
  readonly event: 'record';
  readonly jobId: number;
  readonly parentId: number;
  readonly host: string;
  readonly record: OutputRecord;
}

/** A phase of a child is over; for `-v`. */
export interface PhaseEvent {
  readonly event: 'phase';
  readonly jobId: number;
  readonly parentId: number;
  readonly host: string;
  readonly phase: Phase;
  readonly ms: number;
  /** What is worth knowing about it, like the address or the key that was accepted; safe text. */
  readonly detail: string | null;
}

/** A line of the SSH conversation; for `-vv`. Safe text without secrets. */
export interface TraceEvent {
  readonly event: 'trace';
  readonly jobId: number;
  readonly parentId: number;
  readonly host: string;
  readonly text: string;
}

/** The parent has finished. Always last, once. */
export interface EndEvent {
  readonly event: 'end';
  readonly job: JobView;
}
