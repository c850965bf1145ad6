import type { Command, Context } from '../command.ts';
import { EXIT, exitOfJobs } from '../exit-status.ts';
import { findJobs, noJobsAtAll } from '../found-jobs.ts';
import { listForm, printWaited } from '../job-list.ts';
import { milliseconds } from '../seconds.ts';
import { chosenJobs } from '../job-query.ts';
import { withRunning } from '../job-verb.ts';
import { tellOfOpen } from '../open-job.ts';
import type { Parsed } from '../parse.ts';
import { timeLimit } from '../time-limit.ts';
import { endedOf, waitForJobs } from '../waiting.ts';

export const waitCommand: Command = {
  help: {
    about: [
      'Waits until jobs, or single child jobs, have ended, are suspended or disconnected,',
      "lists them, and exits with the jobs' result. A job that is Blocked ends the waiting:",
      'it goes on only when muster answer gives it what it asks for.',
    ],
    examples: ['muster wait 1', 'muster wait 1 2 --any', 'muster wait --state running -O json'],
  },
  optionsEnd: 'dashes',
  run: wait,
};

function wait({ values, words }: Parsed, context: Context): Promise<number> {
  const query = chosenJobs(values, words, 'wait', context.clock);
  const form = listForm(values);
  const until = values.flag('force') ? 'finished' : 'persistent';
  const none = async (): Promise<number> => {
    noJobsAtAll(query);
    await printWaited([], form, null, context);
    return EXIT.completed;
  };
  return withRunning(values, context, none, async ({ controller, interruption }) => {
    const jobs = await findJobs(controller, query, { merge: false });
    const ms = milliseconds(values.number('timeout'));
    const limit = timeLimit(context.clock, ms, interruption.signal);
    const request = { until, any: values.flag('any'), signal: limit.signal } as const;
    const { there, left } = await waitForJobs(controller, jobs, request);
    limit.close();
    if (interruption.first !== null) return EXIT.completed;
    const isEnough = request.any && there.some(({ state }) => state !== 'Blocked');
    const missing = limit.isOver && !isEnough ? left : [];
    await printWaited(there, form, controller, context);
    for (const job of there) tellOfOpen(job, false, context);
    for (const job of missing) tellOfOpen(job, true, context);
    return exitOfJobs(there.map(endedOf), null, missing.length > 0);
  });
}
