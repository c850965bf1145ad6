import { safeLine } from '../base/safe-text.ts';
import type { ListedJob } from './found-jobs.ts';

/** A job in a message: `job 3`, or with the name it was given, `job 3 (nightly)`; a child with its host. */
export function jobTitle(job: Pick<ListedJob, 'id' | 'name'> & { readonly host?: string }): string {
  if (job.host !== undefined) return `job ${job.id} (${safeLine(job.host)})`;
  return job.name === `Job${job.id}` ? `job ${job.id}` : `job ${job.id} (${safeLine(job.name)})`;
}
