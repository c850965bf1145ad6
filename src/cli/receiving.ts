import { nextTurn } from '../base/clock.ts';
import type { JobView } from '../model/job.ts';
import { isFinished, isPersistent } from '../model/state.ts';
import {
  createReceivePresenter,
  isAsItComes,
  type ReceivePresenter,
} from '../presenters/receive.ts';
import type { Context } from './command.ts';
import { EXIT, exitOfJobs } from './exit-status.ts';
import type { ListedJob } from './found-jobs.ts';
import { hostsOfJobs } from './job-hosts.ts';
import { itemLabels, presenterOptions, type JobOutput } from './job-output.ts';
import type { JobVerb } from './job-verb.ts';
import { tellOfOpen } from './open-job.ts';
import { readJob, type Sink } from './reading.ts';
import type { ReceiveRequest } from './receive-options.ts';
import { jobTitle } from './job-title.ts';
import { inTurn, someAtOnce } from './several.ts';
import type { TimeLimit } from './time-limit.ts';
import { endedOf, type OneJob } from './waiting.ts';

/**
 * Hands on what each job says to where it is wanted, and gives the exit status that comes to: one job after another, or
 * several at once where they are followed and shown as it comes.
 */
export async function receiveJobs(
  jobs: readonly ListedJob[],
  request: ReceiveRequest,
  output: JobOutput,
  { controller, interruption }: JobVerb,
  limit: TimeLimit,
  context: Context,
): Promise<number> {
  const views = await Promise.all(jobs.map(({ id }) => controller.job(id)));
  const known = new Set(views.flatMap(({ children }) => children.map(({ host }) => host)));
  const hosts = hostsOfJobs(request.hosts, known);
  const { keep, streams, until } = request;
  const wanted = new Set(jobs.map(({ id }) => id));
  const presenter = await presenterFor(views, wanted, request, output, context);
  const oneByOne = inTurn();
  const ended: OneJob[] = [];
  /** There was no time for all of these. */
  const cut: OneJob[] = [];
  const unsettled: (() => Promise<void>)[] = [];
  const { stdout, stderr } = context;
  const written = async (): Promise<boolean> => {
    await Promise.all([stdout.flushed(), stderr.flushed()]);
    // A reader that has gone is noticed after what was written last.
    await nextTurn();
    return !stdout.gone;
  };
  const enough = new AbortController();
  const signal = AbortSignal.any([limit.signal, enough.signal]);
  const receiveOne = async ({ id }: ListedJob): Promise<void> => {
    if (stdout.gone || interruption.first !== null) return;
    const view = presenter.open();
    const sink: Sink = {
      handle: (event) => oneByOne(() => view.handle(event)),
      written,
      unwritten: (childId) => view.unwritten(childId),
      printsAtEnd: !isAsItComes(output.mode),
    };
    const options = { keep, streams, hosts };
    const onBlocked = (job: OneJob): void => tellOfOpen(job, false, context);
    const read = await readJob({ controller, id, options, until, signal, onBlocked }, sink);
    const { job } = read;
    const isCut = limit.isOver && !read.isWhole;
    ended.push(job);
    if (isCut) cut.push(job);
    if (until !== 'now') tellOfOpen(job, limit.isOver, context);
    if (isCut && (until === 'now' || isFinished(job.state)))
      context.tell(`${jobTitle(job)} has said more than was received in time; the rest stays`);
    unsettled.push(async () => {
      const isWritten = await written();
      await read.settle(isWritten);
      if (request.autoRemove && isFinished(job.state) && isWritten) await controller.remove(id);
    });
    if (unsettled.length > (presenter.isOneDocument ? MOST_HELD : 0)) await unsettled.shift()?.();
  };
  const errors: unknown[] = [];
  const one = async (job: ListedJob): Promise<void> => {
    await receiveOne(job).catch((error: unknown) => errors.push(error));
    // What the others would still say has no reader, or is not looked at any more.
    if (stdout.gone || errors.length > 0) enough.abort();
  };
  const atOnce = until !== 'now' && isAsItComes(output.mode) ? AT_ONCE : 1;
  await someAtOnce(jobs, one, enough.signal, atOnce);
  if (errors.length > 0) throw errors[0];
  await presenter.finish();
  for (const settle of unsettled) await settle();
  return statusOf(ended, cut, request, limit.isOver);
}

/** `--wait` tells how the jobs came out; the rest only whether there was time for all of it. */
function statusOf(
  jobs: readonly OneJob[],
  cut: readonly OneJob[],
  { result, until }: ReceiveRequest,
  isOver: boolean,
): number {
  const isThere = ({ state }: OneJob): boolean =>
    until === 'finished' ? isFinished(state) : isPersistent(state) || state === 'Blocked';
  const ended = jobs.filter(isThere);
  const ranOut = cut.length > 0 || (isOver && until !== 'now' && ended.length < jobs.length);
  if (result) return exitOfJobs(ended.map(endedOf), null, ranOut);
  return ranOut ? EXIT.timeout : EXIT.completed;
}

export async function presenterFor(
  jobs: readonly JobView[],
  wanted: ReadonlySet<number>,
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
    children: jobs.flatMap(({ id: jobId, children }) =>
      children.filter(({ id }) => wanted.has(jobId) || wanted.has(id)),
    ),
  });
}

/** Jobs that are followed at the same time, with two or three connections each to the controller. */
const AT_ONCE = 32;
/** Jobs whose part of a document waits for its end to be used up, with a connection or two each. */
const MOST_HELD = 128;
