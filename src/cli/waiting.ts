import { NEVER } from '../base/abort.ts';
import { ConfigError } from '../model/errors.ts';
import type { ChildView, JobView } from '../model/job.ts';
import type { JobController, WaitOptions } from '../model/ports/controller.ts';
import { isFinished, isPersistent } from '../model/state.ts';
import type { Ended } from './exit-status.ts';
import type { ListedJob } from './found-jobs.ts';
import { someAtOnce } from './several.ts';

/** A job, or a child that was named, as it is now. */
export type OneJob = JobView | ChildView;

export interface Waited {
  /** Those that are there, or Blocked, in the order of their ids. */
  readonly there: readonly OneJob[];
  readonly left: readonly ListedJob[];
}

export interface WaitRequest {
  readonly until: 'persistent' | 'finished';
  /** One of them is enough. */
  readonly any: boolean;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/**
 * Waits for jobs. One that is Blocked ends the waiting at once, because it may never go on; with `any`, only where all
 * are. Does not throw when the signal ends it: what is there then is there.
 */
export async function waitForJobs(
  controller: JobController,
  jobs: readonly ListedJob[],
  { until, any, signal }: WaitRequest,
): Promise<Waited> {
  const enough = new AbortController();
  const over = AbortSignal.any([signal, enough.signal]);
  const there = new Map<number, OneJob>();
  const arrived = (view: OneJob): void => {
    there.set(view.id, view);
    if (view.state === 'Blocked' ? !any : any) enough.abort();
  };
  // What is there already is looked at whatever the time, also with a limit of none.
  const now = jobs.filter(({ state }) => isThere(state, until) || state === 'Blocked');
  const chosen = any ? firstThere(now, until) : now;
  await someAtOnce(chosen, async ({ id }) => arrived(ownView(await controller.job(id), id)), NEVER);
  const later = enough.signal.aborted ? [] : jobs.filter(({ id }) => !there.has(id));
  const one = async ({ id }: ListedJob): Promise<void> => {
    const view = await waitForOne(controller, id, { until, signal: over });
    if (view !== null && !(any && over.aborted)) arrived(view);
  };
  // Waiting for any one of them, none may be left in the queue behind others.
  if (any) await Promise.all(later.map(one));
  else await someAtOnce(later, one, over, WAITS);
  const found = any ? whatCounts([...there.values()]) : [...there.values()];
  return {
    there: found.toSorted((left, right) => left.id - right.id),
    left: jobs.filter(({ id }) => !there.has(id)),
  };
}

/** The parent's view that every answer is, or the child's in it. */
export function ownView(job: JobView, id: number): OneJob {
  if (job.id === id) return job;
  const child = job.children.find((one) => one.id === id);
  if (child !== undefined) return child;
  throw new ConfigError('no-such-job', `there is no job ${id}`);
}

export function endedOf(view: OneJob): Ended {
  return view.parentId === null ? view : { state: view.state, children: [view] };
}

/** null: the signal came first. */
async function waitForOne(
  controller: JobController,
  id: number,
  options: WaitOptions,
): Promise<OneJob | null> {
  try {
    return ownView(await controller.wait(id, options), id);
  } catch (error) {
    if (options.signal?.aborted === true) return null;
    throw error;
  }
}

/** Blocked jobs are an answer only where there is no other. */
function whatCounts(views: readonly OneJob[]): readonly OneJob[] {
  const open = views.filter(({ state }) => state !== 'Blocked');
  return open.length === 0 ? views : open.slice(0, 1);
}

/** The first that is there, or else all that are Blocked. */
function firstThere(jobs: readonly ListedJob[], until: WaitRequest['until']): readonly ListedJob[] {
  const first = jobs.find(({ state }) => isThere(state, until));
  return first === undefined ? jobs : [first];
}

function isThere(state: OneJob['state'], until: WaitRequest['until']): boolean {
  return until === 'finished' ? isFinished(state) : isPersistent(state);
}

/** Each is a connection to the controller; a process may often have no more than 1,024 files open. */
const WAITS = 512;
