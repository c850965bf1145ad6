import type { JobSummary, JobView } from '../model/job.ts';
import { childToJson, jobToJson, summaryToJson, type JsonObject } from './json-forms.ts';
import { jsonText, writeAll } from './json-text.ts';
import type { ListedJob } from './job-list.ts';
import type { Output } from './presenter.ts';

/** A job of a list: `children` are ids, or objects where the views of the children are there. */
export function listedToJson(job: ListedJob): JsonObject {
  if (job.parentId !== null) return childToJson(job);
  return hasViews(job) ? jobToJson(job) : summaryToJson(job);
}

export function jobListJson(jobs: readonly ListedJob[]): readonly JsonObject[] {
  return jobs.map(listedToJson);
}

/** The list as one document, a job on each line. */
export async function writeJobList(stdout: Output, jobs: readonly ListedJob[]): Promise<void> {
  await writeAll(stdout, listText(jobs, stdout.isTerminal));
}

function hasViews(job: JobSummary | JobView): job is JobView {
  return typeof job.children[0] === 'object';
}

function* listText(jobs: readonly ListedJob[], terminal: boolean): Iterable<string> {
  let separator = '[\n';
  for (const job of jobs) {
    yield separator + jsonText(listedToJson(job), terminal);
    separator = ',\n';
  }
  yield jobs.length === 0 ? '[]\n' : '\n]\n';
}
