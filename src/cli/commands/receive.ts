import { ConfigError } from '../../model/errors.ts';
import { isFinished } from '../../model/state.ts';
import type { Command, Context } from '../command.ts';
import { EXIT } from '../exit-status.ts';
import { findJobs, noJobsAtAll, type ListedJob } from '../found-jobs.ts';
import { jobOutput, type JobOutput } from '../job-output.ts';
import { chosenJobs } from '../job-query.ts';
import { jobTitle } from '../job-title.ts';
import { withRunning } from '../job-verb.ts';
import type { Parsed } from '../parse.ts';
import { receiveRequest, type ReceiveRequest } from '../receive-options.ts';
import { presenterFor, receiveJobs } from '../receiving.ts';
import { timeLimit } from '../time-limit.ts';

export const receiveCommand: Command = {
  help: {
    about: [
      'Prints what the hosts of jobs, or of single child jobs, have said and nobody has',
      'received yet, and forgets it, unless --keep. What is not printed, because a reader',
      'left early or by --host and --stream, stays. Why a host failed is told every time.',
    ],
    examples: [
      'muster receive 1',
      'muster receive nightly --wait --auto-remove',
      "muster receive 1 --keep --host 'web[01-03]' --stream error",
    ],
  },
  optionsEnd: 'dashes',
  run: receive,
};

function receive({ values, words }: Parsed, context: Context): Promise<number> {
  const query = chosenJobs(values, words, 'receive', context.clock);
  const request = receiveRequest(values);
  const output = jobOutput(values, context);
  const none = async (): Promise<number> => {
    noJobsAtAll(query);
    await (await presenterFor([], new Set(), request, output, context)).finish();
    return EXIT.completed;
  };
  return withRunning(values, context, none, async (verb) => {
    const jobs = await findJobs(verb.controller, query, { merge: true });
    if (request.autoRemove) assertRemovable(jobs, request);
    const limit = timeLimit(context.clock, request.timeoutMs, verb.interruption.signal);
    // What a check found is no output of its hosts, and would not be seen.
    const isCheck = jobs.length > 0 && jobs.every(({ type }) => type === 'CheckJob');
    const isChosen = values.given('output') || values.flag('gather');
    const shown: JobOutput = isCheck && !isChosen ? { ...output, mode: 'table' } : output;
    try {
      return await receiveJobs(jobs, request, shown, verb, limit, context);
    } finally {
      limit.close();
    }
  });
}

/** Said before anything is delivered: what cannot be removed afterwards was not meant to be received. */
function assertRemovable(jobs: readonly ListedJob[], { until }: ReceiveRequest): void {
  const child = jobs.find(({ parentId }) => parentId !== null);
  if (child !== undefined) {
    throw new ConfigError('job-state', `${jobTitle(child)} cannot be removed by itself`, {
      hint: '--auto-remove is for whole jobs',
    });
  }
  const open = until === 'now' ? jobs.find(({ state }) => !isFinished(state)) : undefined;
  if (open === undefined) return;
  throw new ConfigError('job-state', `${jobTitle(open)} is ${open.state}, and cannot be removed`, {
    hint: '--wait --auto-remove receives it to its end first',
  });
}
