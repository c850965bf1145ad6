import { nextTurn } from '../base/clock.ts';
import type { JobEvent } from '../model/event.ts';
import type { JobView } from '../model/job.ts';
import type { JobController } from '../model/ports/controller.ts';
import type { ReceiveOptions } from '../model/query.ts';
import type { StreamOutput } from './output-stream.ts';
import type { ReceiveRequest } from './receive-options.ts';
import { ownView, type OneJob } from './waiting.ts';

/** Where what is read goes. */
export interface Sink {
  handle(event: JobEvent): Promise<void>;
  /** Nobody takes it any more. */
  readonly stdout: StreamOutput;
}

export interface JobReading {
  readonly controller: JobController;
  /** The job's own id, or a child's. */
  readonly id: number;
  readonly options: ReceiveOptions;
  readonly until: ReceiveRequest['until'];
  /** Ends the reading; what was not taken stays. */
  readonly signal: AbortSignal;
  /** Told once of a job that waits for an answer, while it is followed. */
  readonly onBlocked: (job: OneJob) => void;
}

/**
 * Hands the events of one job to a sink, an `end` with the job as it is then always last, also where it has not ended.
 * What the sink could not write stays unread. Gives the job, or the child that was named, as it was at the end.
 */
export async function readJob(reading: JobReading, sink: Sink): Promise<OneJob> {
  const { controller, id, options, until, signal } = reading;
  const followed = until === 'now' ? NOTHING : await follow(reading, sink);
  if (!signal.aborted && !sink.stdout.gone) await takeUnread(reading, sink, followed);
  const job = await controller.job(id);
  await sink.handle({ event: 'end', job: shown(job, id, options.hosts ?? null) });
  return ownView(job, id);
}

/** The seq of the last record that was handed on, by child. */
type Followed = ReadonlyMap<number, number>;

/** Follows until the job is there, as `until` has it. What came at the very last may still be unread then. */
async function follow(reading: JobReading, sink: Sink): Promise<Followed> {
  const followed = new Map<number, number>();
  const { controller, id, options, signal } = reading;
  const end = new AbortController();
  let [isBusy, isOver] = [false, false];
  // Never while something is written: it would count as not received, though it was.
  const finish = (): void => {
    isOver = true;
    if (!isBusy) end.abort();
  };
  signal.addEventListener('abort', finish, { once: true });
  const over = AbortSignal.any([signal, end.signal]);
  const waited = untilThere(reading, over).finally(finish);
  // Its failure is thrown below, where it is awaited; until then it is nobody's.
  waited.catch(() => undefined);
  try {
    for await (const event of controller.follow(id, { ...options, signal: end.signal })) {
      if (isOver || event.event === 'end') break;
      if (!isAbout(event, id, options.hosts ?? null)) continue;
      isBusy = true;
      await sink.handle(event);
      if (event.event === 'record') followed.set(event.jobId, event.record.seq);
      await nextTurn();
      isBusy = false;
      if (sink.stdout.gone) break;
      // Asking for the next one says that this one was written; only then it ends.
      if (isOver) void nextTurn().then(() => end.abort());
    }
  } finally {
    signal.removeEventListener('abort', finish);
    end.abort();
    await waited;
  }
  return followed;
}

/** Resolves when there is nothing to follow any more, or the signal comes. */
async function untilThere(reading: JobReading, signal: AbortSignal): Promise<void> {
  const { controller, id, until, onBlocked } = reading;
  try {
    for (;;) {
      const wanted = until === 'finished' ? 'finished' : 'persistent';
      const view = ownView(await controller.wait(id, { until: wanted, signal }), id);
      if (view.state !== 'Blocked' || until !== 'finished') return;
      onBlocked(view);
      await answered(controller, id, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Resolves when the job is Blocked no longer. */
async function answered(controller: JobController, id: number, signal: AbortSignal): Promise<void> {
  const changes = controller.changes(signal)[Symbol.asyncIterator]();
  try {
    for (;;) {
      // Asked for before it is looked at: no change slips in between.
      const change = changes.next();
      if (ownView(await controller.job(id), id).state !== 'Blocked') return;
      if ((await change).done === true) return;
    }
  } finally {
    await changes.return?.();
  }
}

/** What is kept was there to be followed as well, and is not shown again. */
async function takeUnread(
  { controller, id, options, signal }: JobReading,
  sink: Sink,
  followed: Followed,
): Promise<void> {
  const { id: parentId } = await controller.job(id);
  for await (const { host, childId, ...record } of controller.receive(id, options)) {
    // Asked for and not handled, it stays; the one before it was written.
    if (signal.aborted) return;
    if (options.keep === true && record.seq <= (followed.get(childId) ?? 0)) continue;
    await sink.handle({ event: 'record', jobId: childId, parentId, host, record });
    await nextTurn();
    if (sink.stdout.gone) return;
  }
}

/** Of a child that was named by itself, or of some hosts, what becomes of the others is not told. */
function isAbout(
  event: Exclude<JobEvent, { event: 'end' }>,
  id: number,
  hosts: readonly string[] | null,
): boolean {
  if (event.parentId === null) return true;
  const isOfHost = hosts === null || event.host === null || hosts.includes(event.host);
  return isOfHost && (event.parentId === id || event.jobId === id);
}

/** Of the job what was asked for: one child, or those of some hosts. */
function shown(job: JobView, id: number, hosts: readonly string[] | null): JobView {
  const wanted = hosts === null ? null : new Set(hosts);
  const children = job.children
    .filter((child) => id === job.id || child.id === id)
    .filter(({ host }) => wanted === null || wanted.has(host));
  return { ...job, children };
}

const NOTHING: Followed = new Map();
