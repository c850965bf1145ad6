import type { JobState } from './state.ts';
import type { JobView } from './job.ts';
import type { OutputRecord } from './record.ts';
import type { Failure } from './failure.ts';

/** What happens to one parent job and its children, in order. Presenters and the library subscribe to these. */
export type JobEvent = StateEvent | RecordEvent | EndEvent;

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

/** The parent has finished. Always last, once. */
export interface EndEvent {
  readonly event: 'end';
  readonly job: JobView;
}
