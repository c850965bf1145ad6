import type { JobDefinition } from '../definition.ts';
import type { Outcome, WorkData } from '../outcome.ts';
import type { StreamPlaces } from './work.ts';

/**
 * What a controller writes down of its jobs, so that the next one knows them: definitions and positions, no secrets and no
 * output. Each call returns when the end of this process would not lose what it was told.
 */
export interface Journal {
  /** Before anything of the job is begun. Throws ConfigError `service` where it cannot be written down: then it is not begun. */
  created(job: JournalledJob): void;
  /**
   * The child's command may be sent from now on. Throws FailureError `store` where it cannot be written down: then it is not
   * sent, because the next controller could have it sent again.
   */
  begun(childId: number, begin: number): void;
  ended(childId: number, end: JournalledEnd): void;
  /** Its records up to this one were received, and with them so much of the host's streams. */
  taken(childId: number, taken: Taken): void;
  /** Its command was halted, or goes on. */
  stood(childId: number, stood: Stood): void;
  /** It was asked to stop: the next controller is to end it. `by`: who asked, safe text. */
  stopping(childId: number, by: string): void;
  /** The host of that child keeps nothing of it any more, or what there is for good. */
  forgotten(childId: number): void;
  /** The job is forgotten, but for these of its children, whose hosts keep something that is to be removed. Default: none. */
  removed(jobId: number, owing?: readonly number[]): void;
}

export interface JournalledJob {
  readonly id: number;
  readonly instanceId: string;
  readonly rerunOf: number | null;
  readonly note: string | null;
  /** Wall time, as all are here. */
  readonly begin: number;
  readonly definition: JobDefinition;
  /** Of its children, in their order; their ids follow the job's own. */
  readonly instanceIds: readonly string[];
}

export interface JournalledEnd {
  readonly outcome: Outcome;
  readonly begin: number | null;
  readonly end: number;
  readonly attempts: number;
  readonly bytes: { readonly output: number; readonly error: number };
  readonly data: WorkData;
  /** How far the host's streams were in its records; null: it was not durable, or nothing came. */
  readonly places: StreamPlaces | null;
  /** Nothing of its output was unread then, or is to be had again. */
  readonly isRead: boolean;
}

export interface Taken {
  readonly seq: number;
  readonly places: StreamPlaces;
}

/** How long a command has stood still, in milliseconds, without what has passed since it was halted last; null: it goes on. */
export interface Stood {
  readonly ms: number;
  /** Wall time. */
  readonly since: number | null;
}

/** A job of an earlier controller, as far as it was written down. */
export interface RecoveredJob extends JournalledJob {
  /** What of the definition was not written down, because it is secret or cannot be: none of it can be begun without. */
  readonly missing: string | null;
  /** The job was removed, and these of its children have left something on their hosts; null: it was not. */
  readonly owing: readonly number[] | null;
  readonly children: readonly RecoveredChild[];
}

export interface RecoveredChild {
  /** When its command may have been sent; null: it was not. */
  readonly begun: number | null;
  readonly ended: JournalledEnd | null;
  readonly taken: Taken | null;
  /** null: never. */
  readonly stood: Stood | null;
  /** Who asked it to stop; null: nobody. */
  readonly stopping: string | null;
  /** Nothing is left to be removed on its host. */
  readonly isForgotten: boolean;
}
