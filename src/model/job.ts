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

/** What a child that is Blocked waits to be told. Children that wait for the same answer ask the same question. */
export interface Question {
  /** A UUID; several children may ask it. */
  readonly id: string;
  /** One line of safe text, like: passphrase of the key file /home/me/.ssh/id_ed25519. */
  readonly text: string;
  /** The answer must not be shown while it is typed. */
  readonly secret: boolean;
  /** It is about the job as a whole, whichever child asks it. Absent: about the hosts of those that ask. */
  readonly isOfJob?: true;
}

/** What a command has said of its own progress (`::progress 40::text`). */
export interface Progress {
  /** 0 to 100. */
  readonly percent: number;
  /** Safe text, may be empty. */
  readonly text: string;
}

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
  /** null: nothing is known of it. A parent's is the mean of its children's, its text the batch it is at. Not part of the JSON form. */
  readonly progress: Progress | null;
}

/** A parent job at one moment: plain data, never changed afterwards. */
export interface JobView extends CommonView {
  readonly parentId: null;
  readonly type: JobType;
  readonly counts: Counts;
  /** The earlier job on whose hosts this one runs again. Not part of the JSON form, where statusMessage tells it. */
  readonly rerunOf: number | null;
  /** The children, in target order. */
  readonly children: readonly ChildView[];
}

/** A parent job without its children's views: what a list of many jobs is made of. */
export interface JobSummary extends Omit<JobView, 'children'> {
  /** The children's ids, in target order. */
  readonly children: readonly number[];
}

/** A child job at one moment. */
export interface ChildView extends CommonView {
  readonly parentId: number;
  readonly type: '';
  readonly host: string;
  /** The line of input that this child works on, where its job has one for each (`each`). Not part of the JSON form. */
  readonly item: string | null;
  /** What it asks while it is Blocked. Not part of the JSON form, where statusMessage tells it. */
  readonly question: Question | null;
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
