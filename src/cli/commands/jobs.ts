import type { JobController } from '../../model/ports/controller.ts';
import type { JobQuery } from '../../model/query.ts';
import type { ListedJob } from '../../presenters/job-list.ts';
import type { Command, Context } from '../command.ts';
import { EXIT } from '../exit-status.ts';
import { findJobs, noJobsAtAll } from '../found-jobs.ts';
import { jobQuery } from '../job-query.ts';
import { withRunning } from '../job-verb.ts';
import type { Parsed } from '../parse.ts';
import { listForm, printJobs, type ListForm } from '../job-list.ts';
import { usageError } from '../usage-error.ts';
import { watchJobs } from '../watch-jobs.ts';

export const jobsCommand: Command = {
  help: {
    about: [
      'Lists the jobs of the controller in the background. JOB is an id, a name in any case',
      '(* and ? stand for anything) or an instanceId, of a job or of a child job. Filters',
      'combine: a job is listed if all of them hold.',
    ],
    examples: [
      'muster jobs',
      'muster jobs nightly --include-children',
      'muster jobs --state failed,stopped --after 1h -O json',
    ],
  },
  optionsEnd: 'dashes',
  run: jobs,
};

interface Listing {
  readonly query: JobQuery;
  readonly form: ListForm;
  /** The children as well, as jobs of the list. */
  readonly children: boolean;
}

function jobs({ values, words }: Parsed, context: Context): Promise<number> {
  const listing: Listing = {
    query: jobQuery(values, words, context.clock),
    form: listForm(values),
    children: values.flag('include-children'),
  };
  const watch = values.flag('watch');
  if (watch && listing.form !== 'table') {
    throw usageError('--watch shows a table, and no other output', 'muster run has -O jsonl');
  }
  const none = async (): Promise<number> => {
    noJobsAtAll(listing.query);
    context.tell('no controller is running, so there are no jobs');
    await printJobs([], listing.form, context);
    return EXIT.completed;
  };
  return withRunning(values, context, none, async ({ controller, interruption }) => {
    const look = (): Promise<readonly ListedJob[]> => listed(controller, listing);
    if (watch) await watchJobs(look, controller, interruption.signal, context);
    else await printJobs(await look(), listing.form, context);
    return EXIT.completed;
  });
}

/** In JSON a job that was named has its children as objects; in a table they are rows, where they were asked for. */
async function listed(
  controller: JobController,
  { query, form, children }: Listing,
): Promise<readonly ListedJob[]> {
  const found = await findJobs(controller, query, { merge: false });
  if (!children && (query.terms.length === 0 || form !== 'json')) return found;
  const rows = new Map<number, ListedJob>(found.map((job) => [job.id, job]));
  for (const job of found) {
    if (job.parentId !== null) continue;
    const whole = await controller.job(job.id);
    rows.set(job.id, whole);
    if (form === 'json') continue;
    for (const child of whole.children) if (isWanted(child, query)) rows.set(child.id, child);
  }
  return [...rows.values()].toSorted((one, other) => one.id - other.id);
}

/** As Get-Job has it: children come with their parent, whatever its state, but have to pass the other filters. */
function isWanted(child: ListedJob, { hasMoreData, before, after }: JobQuery): boolean {
  return (
    (hasMoreData === null || child.hasMoreData === hasMoreData) &&
    (before === null || (child.end !== null && child.end < before)) &&
    (after === null || (child.end !== null && child.end > after))
  );
}
