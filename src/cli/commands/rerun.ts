import type { HostResult } from '../../model/ports/controller.ts';
import { auditFrom } from '../audit.ts';
import type { Command, Context } from '../command.ts';
import { EXIT } from '../exit-status.ts';
import { findJobs, noJobsAtAll } from '../found-jobs.ts';
import { listForm, printJob } from '../job-list.ts';
import { EVERY_JOB } from '../../model/query.ts';
import { oneJob, oneOf } from '../job-query.ts';
import { withRunning } from '../job-verb.ts';
import type { Parsed } from '../parse.ts';
import { usageError } from '../usage-error.ts';

export const rerunCommand: Command = {
  help: {
    about: [
      'Does the work of a finished job again, in a new job, on those of its hosts where it did',
      'not succeed: that failed, were not reached, were stopped or never started. --state',
      'chooses among them. Prints the new job and returns at once.',
    ],
    examples: ['muster rerun 1', 'muster rerun nightly --state failed,unreachable'],
  },
  optionsEnd: 'dashes',
  run: rerun,
};

function rerun({ values, words }: Parsed, context: Context): Promise<number> {
  const query = { ...EVERY_JOB, terms: [oneJob(words, 'rerun')] };
  const form = listForm(values);
  const hosts = hostResults(values.many('state'));
  const none = (): number => {
    noJobsAtAll(query);
    return EXIT.completed;
  };
  return withRunning(values, context, none, async ({ controller }) => {
    const jobs = await findJobs(controller, query, { merge: true });
    const [job, ...more] = jobs;
    if (job === undefined || more.length > 0) {
      throw usageError(
        `"${words[0] ?? ''}" names ${jobs.length} jobs, and one is run again at a time`,
      );
    }
    const { agent } = context.environment;
    const again = await controller.rerun({
      id: job.id,
      hosts,
      agent,
      audit: auditFrom(values, context.environment),
    });
    await printJob(again, form, context);
    return EXIT.completed;
  });
}

function hostResults(lists: readonly string[]): readonly HostResult[] {
  const names = lists.flatMap((list) => list.split(',')).map((name) => name.trim());
  if (names.length === 0) return UNSUCCESSFUL;
  return [...new Set(names.map((name) => oneOf('--state', name, RESULTS)))];
}

const UNSUCCESSFUL: readonly HostResult[] = ['failed', 'unreachable', 'stopped', 'never-started'];
const RESULTS: readonly HostResult[] = [...UNSUCCESSFUL, 'completed'];
