import { ConfigError } from '../../model/errors.ts';
import type { JobView } from '../../model/job.ts';
import { isFinished, isPersistent } from '../../model/state.ts';
import { createReceivePresenter, type ReceivePresenter } from '../../presenters/receive.ts';
import type { Command, Context } from '../command.ts';
import { EXIT, exitOfJobs } from '../exit-status.ts';
import { findJobs, noJobsAtAll, type ListedJob } from '../found-jobs.ts';
import { hostsOfJobs } from '../job-hosts.ts';
import { itemLabels, jobOutput, presenterOptions, type JobOutput } from '../job-output.ts';
import { chosenJobs } from '../job-query.ts';
import { jobTitle } from '../job-title.ts';
import { withRunning, type JobVerb } from '../job-verb.ts';
import type { Parsed } from '../parse.ts';
import { readJob, type Sink } from '../reading.ts';
import { receiveRequest, type ReceiveRequest } from '../receive-options.ts';
import { tellOfOpen } from '../open-job.ts';
import { timeLimit, type TimeLimit } from '../time-limit.ts';
import { endedOf, type OneJob } from '../waiting.ts';

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
    await (await presenterFor([], request, output, context)).finish();
    return EXIT.completed;
  };
  return withRunning(values, context, none, async (verb) => {
    const jobs = await findJobs(verb.controller, query, { merge: true });
    const limit = timeLimit(context.clock, request.timeoutMs, verb.interruption.signal);
    // What a check found is no output of its hosts, and would not be seen.
    const isCheck = jobs.length > 0 && jobs.every(({ type }) => type === 'CheckJob');
    const isChosen = values.given('output') || values.flag('gather');
    const shown: JobOutput = isCheck && !isChosen ? { ...output, mode: 'table' } : output;
    try {
      return await received(jobs, request, shown, verb, limit, context);
    } finally {
      limit.close();
    }
  });
}

/** One job after another, each to where it is wanted; then what that comes to. */
async function received(
  jobs: readonly ListedJob[],
  request: ReceiveRequest,
  output: JobOutput,
  { controller, interruption }: JobVerb,
  limit: TimeLimit,
  context: Context,
): Promise<number> {
  const views = await Promise.all(jobs.map(({ id }) => controller.job(id)));
  if (request.autoRemove) assertRemovable(jobs, request);
  const known = new Set(views.flatMap(({ children }) => children.map(({ host }) => host)));
  const hosts = hostsOfJobs(request.hosts, known);
  const { keep, streams, until } = request;
  const presenter = await presenterFor(views, request, output, context);
  const sink: Sink = {
    handle: (event) => presenter.handle(event),
    stdout: context.stdout,
  };
  const ended: OneJob[] = [];
  for (const { id } of jobs) {
    if (context.stdout.gone || interruption.first !== null) break;
    const options = { keep, streams, hosts };
    const onBlocked = (job: OneJob): void => tellOfOpen(job, false, context);
    const { signal } = limit;
    const job = await readJob({ controller, id, options, until, signal, onBlocked }, sink);
    ended.push(job);
    if (until !== 'now') tellOfOpen(job, limit.isOver, context);
    if (request.autoRemove && isFinished(job.state) && !context.stdout.gone)
      await controller.remove(id);
  }
  await presenter.finish();
  return statusOf(ended, request, limit.isOver);
}

/** `--wait` tells how the jobs came out; the rest only whether there was time for all of it. */
function statusOf(
  jobs: readonly OneJob[],
  { result, until }: ReceiveRequest,
  isOver: boolean,
): number {
  const isThere = ({ state }: OneJob): boolean =>
    until === 'finished' ? isFinished(state) : isPersistent(state) || state === 'Blocked';
  const ended = jobs.filter(isThere);
  const ranOut = isOver && until !== 'now' && ended.length < jobs.length;
  if (result) return exitOfJobs(ended.map(endedOf), null, ranOut);
  return ranOut ? EXIT.timeout : EXIT.completed;
}

async function presenterFor(
  jobs: readonly JobView[],
  { columns, groupBy, streams, result }: ReceiveRequest,
  output: JobOutput,
  context: Context,
): Promise<ReceivePresenter> {
  const total = jobs.reduce((sum, { counts }) => sum + counts.total, 0);
  return createReceivePresenter(output.mode, {
    ...(await presenterOptions(output, total, context, itemLabels(jobs))),
    columns: columns.length === 0 ? null : columns,
    groupBy,
    // What is taken is shown: those who asked for these records when the job began want to read them.
    streams: streams ?? ['verbose', 'debug'],
    summary: result,
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
