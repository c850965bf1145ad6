import { ConfigError } from '../model/errors.ts';
import type { ChildView, JobSummary } from '../model/job.ts';
import type { JobController } from '../model/ports/controller.ts';
import { EVERY_JOB, type JobQuery } from '../model/query.ts';
import { safeLine } from '../base/safe-text.ts';
import { nearMiss } from '../targets/near-miss.ts';

/** A parent, or a child that was named. */
export type ListedJob = JobSummary | ChildView;

/**
 * What a query finds, by id. Throws ConfigError `no-such-job` where a term names nothing: nothing is done then, as with a
 * misspelt host. A child whose parent was found too is left out where `merge` says so, because it is part of that.
 */
export async function findJobs(
  controller: JobController,
  query: JobQuery,
  options: { readonly merge: boolean },
): Promise<readonly ListedJob[]> {
  const { jobs, unmatched } = await controller.find(query);
  const [first] = unmatched;
  if (first !== undefined) throw await noSuchJob(first, unmatched, controller);
  if (!options.merge) return jobs;
  const parents = new Set(jobs.filter(({ parentId }) => parentId === null).map(({ id }) => id));
  return jobs.filter(({ parentId }) => parentId === null || !parents.has(parentId));
}

/** Where no controller runs there are no jobs: what was named does not exist. */
export function noJobsAtAll(query: JobQuery): void {
  const [first] = query.terms;
  if (first === undefined || query.terms.every(isPattern)) return;
  throw new ConfigError('no-such-job', `no such job: ${list(query.terms)}`, {
    hint: 'no controller is running, so there are no jobs; muster start starts one',
  });
}

async function noSuchJob(
  first: string,
  unmatched: readonly string[],
  controller: JobController,
): Promise<ConfigError> {
  const { jobs } = await controller.find(EVERY_JOB);
  const near = nearMiss(first, new Set(jobs.map(({ name }) => name)));
  const hint = near === null ? 'muster jobs lists them' : `did you mean ${safeLine(near)}?`;
  return new ConfigError('no-such-job', `no such job: ${list(unmatched)}`, { hint });
}

function isPattern(term: string): boolean {
  return /[*?]/u.test(term);
}

function list(terms: readonly string[]): string {
  return safeLine(terms.join(', '));
}
