import { ConfigError } from '../model/errors.ts';
import type { JobEvent } from '../model/event.ts';
import type { JobView } from '../model/job.ts';
import type { Received } from '../model/ports/controller.ts';
import type { ReceiveOptions } from '../model/query.ts';
import { isFinished } from '../model/state.ts';
import type { Unwritten } from '../presenters/part.ts';
import type { HeldReading, RemoteController } from '../service/service.ts';
import { Delivery } from './delivery.ts';
import type { ReceiveRequest } from './receive-options.ts';
import { ownView, type OneJob } from './waiting.ts';

/** Where what is read goes. */
export interface Sink {
  handle(event: JobEvent): Promise<void>;
  /** Resolves when what was handled is written, as far as it is at all; false: nobody takes it any more. */
  written(): Promise<boolean>;
  /** What of the child was handled and is not written yet. */
  unwritten(childId: number): Unwritten;
  /** It prints when a job's end is handled, and not before. */
  readonly printsAtEnd: boolean;
}

/** What is asked of a controller to read one job. */
export type ReadFrom = Pick<
  RemoteController,
  'job' | 'wait' | 'changes' | 'followHeld' | 'receiveHeld' | 'jobAfter'
>;

export interface JobReading {
  readonly controller: ReadFrom;
  /** The job's own id, or a child's. */
  readonly id: number;
  readonly options: ReceiveOptions;
  readonly until: ReceiveRequest['until'];
  /** Ends the reading; what was not taken stays. */
  readonly signal: AbortSignal;
  /** Told once of a job that waits for an answer, while it is followed. */
  readonly onBlocked: (job: OneJob) => void;
}

/** One job, handed to a sink. */
export interface ReadJob {
  /** The job, or the child that was named, as it was at the end. */
  readonly job: OneJob;
  /** The reading was not ended before all was taken that there was. */
  readonly isWhole: boolean;
  /** All of it is written, or never will be: what is not stays unread. To be called once. */
  settle(isWritten: boolean): Promise<void>;
}

/**
 * Hands the events of one job to a sink, an `end` with the job as it is then always last, also where it has not ended.
 * What is written is used up as it is, and the rest of what was handed on when it is settled.
 */
export async function readJob(reading: JobReading, sink: Sink): Promise<ReadJob> {
  const { controller, id, options, until, signal } = reading;
  const deliveries: Delivery[] = [];
  const followed: Followed = new Map();
  const begin = <T>(held: HeldReading<T>): Begun<T> => {
    const delivery = new Delivery(held);
    deliveries.push(delivery);
    return [held, delivery];
  };
  const { isTaken, last } =
    until === 'now'
      ? NOT_FOLLOWED
      : await follow(reading, sink, followed, begin(controller.followHeld(id, options)));
  const takeRest = (): Promise<void> =>
    unlessGone(
      last,
      () => takeUnread(reading, sink, followed, begin(controller.receiveHeld(id, options))),
      () => undefined,
    );
  const look = (): Promise<JobView> => {
    // Of what is on its way and will not be shown, and of that alone, there is more.
    const shownOnly = signal.aborted && !sink.printsAtEnd ? [] : deliveries;
    const readings = shownOnly.map((delivery) => delivery.reading);
    return unlessGone(
      last,
      () => controller.jobAfter(id, readings),
      (ended) => ended,
    );
  };
  if (isTaken && !signal.aborted) await takeRest();
  let job = await look();
  // It had come to a rest, and has gone on to its end meanwhile: what it said last belongs to how it ended.
  const hasGoneOn = last === null && until !== 'now' && isFinished(ownView(job, id).state);
  if (hasGoneOn && isTaken && !signal.aborted) {
    await takeRest();
    job = await look();
  }
  const isWhole = !signal.aborted || !ownView(job, id).hasMoreData;
  await sink.handle({ event: 'end', job: shown(job, id, options.hosts ?? null) });
  return {
    job: ownView(job, id),
    isWhole,
    async settle(isWritten) {
      for (const delivery of deliveries) {
        await unlessGone(
          last,
          () => delivery.settle(isWritten),
          () => undefined,
        );
      }
    },
  };
}

/**
 * A controller that is asked to end tells those who follow how their jobs ended, and goes: what else there is to ask is
 * moot then, and nothing of its results is left.
 */
async function unlessGone<T>(
  last: JobView | null,
  task: () => Promise<T>,
  gone: (last: JobView) => T,
): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (last === null || !(error instanceof ConfigError) || error.code !== 'service') throw error;
    return gone({ ...last, hasMoreData: false });
  }
}

/** What came of following a job. */
interface FollowEnd {
  /** False: nobody takes it any more. */
  readonly isTaken: boolean;
  /** The job at its end; null: that was not seen. */
  readonly last: JobView | null;
}

const NOT_FOLLOWED: FollowEnd = { isTaken: true, last: null };

type Begun<T> = readonly [HeldReading<T>, Delivery];

/** The seq of the last record that was handed on, by child. */
type Followed = Map<number, number>;

/**
 * Follows until the job is there, as `until` has it. What came at the very last may still be unread then.
 */
async function follow(
  reading: JobReading,
  sink: Sink,
  followed: Followed,
  [events, delivery]: Begun<JobEvent>,
): Promise<FollowEnd> {
  const { id, options, signal } = reading;
  let last: JobView | null = null;
  const end = new AbortController();
  const finish = (): void => events.stop();
  signal.addEventListener('abort', finish, { once: true });
  const waited = untilThere(reading, AbortSignal.any([signal, end.signal])).then(
    (job) => {
      // A job that has finished says so to who follows it, behind all else there is to say.
      if (job === null || !isFinished(job.state)) finish();
      else last = job;
    },
    (error: unknown) => {
      finish();
      throw error;
    },
  );
  // Its failure is thrown below, where it is awaited; until then it is nobody's.
  waited.catch(() => undefined);
  try {
    for await (const event of events) {
      if (event.event === 'end') last = event.job;
      if (event.event === 'end' || (signal.aborted && !sink.printsAtEnd)) break;
      if (!isAbout(event, id, options.hosts ?? null)) continue;
      await sink.handle(event);
      if (!(await sink.written())) return { isTaken: false, last };
      if (event.event !== 'record') continue;
      const { jobId, record } = event;
      followed.set(jobId, record.seq);
      delivery.shown(jobId, record.seq, sink.unwritten(jobId));
    }
  } finally {
    signal.removeEventListener('abort', finish);
    end.abort();
    await waited;
  }
  await unlessGone(
    last,
    () => delivery.over(),
    () => undefined,
  );
  return { isTaken: true, last };
}

/** Resolves with the job when there is nothing to follow any more; null: the signal came. */
async function untilThere(reading: JobReading, signal: AbortSignal): Promise<JobView | null> {
  const { controller, id, until, onBlocked } = reading;
  try {
    for (;;) {
      const wanted = until === 'finished' ? 'finished' : 'persistent';
      const job = await controller.wait(id, { until: wanted, signal });
      const view = ownView(job, id);
      if (view.state !== 'Blocked' || until !== 'finished') return job;
      onBlocked(view);
      await answered(controller, id, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return null;
  }
}

/** Resolves when the job is Blocked no longer. */
async function answered(controller: ReadFrom, id: number, signal: AbortSignal): Promise<void> {
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
  [records, delivery]: Begun<Received>,
): Promise<void> {
  const { id: parentId } = await controller.job(id);
  const finish = (): void => records.stop();
  signal.addEventListener('abort', finish, { once: true });
  try {
    for await (const { host, childId, ...record } of records) {
      if (signal.aborted && !sink.printsAtEnd) break;
      if (options.keep === true && record.seq <= (followed.get(childId) ?? 0)) continue;
      await sink.handle({ event: 'record', jobId: childId, parentId, host, record });
      if (!(await sink.written())) return;
      followed.set(childId, record.seq);
      delivery.shown(childId, record.seq, sink.unwritten(childId));
    }
  } finally {
    signal.removeEventListener('abort', finish);
  }
  await delivery.over();
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
