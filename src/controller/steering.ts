import type { JobState } from '../model/state.ts';
import type { ChildJob } from './child-job.ts';

/** Who decides which of a job's children begin, and when. */
export interface Steering {
  /** Told of every change of a child's state, after the job has taken note of it. */
  changed(child: ChildJob, to: JobState): void;
  /** Where the job is in that; null: nothing to say. */
  readonly message: string | null;
  /** Which of several batches it is at; null: there is one only, or it is over. */
  readonly batch: string | null;
}
