import type { EndEvent, JobEvent, StateEvent } from '../model/event.ts';
import type { Reading } from '../model/ports/controller.ts';
import type { OutputRecord, StreamName } from '../model/record.ts';
import type { ChildJob } from './child-job.ts';
import { Fifo } from './fifo.ts';
import type { LogReaders } from './log-readers.ts';

/** Of this child, all records up to this one have their place here in the order of events. */
interface Mark {
  readonly child: ChildJob;
  upTo: number;
  /** What of its records is still to be read. */
  bytes: number;
}

type Item = StateEvent | EndEvent | Mark;

export interface FollowerOptions {
  readonly readers: LogReaders;
  /** Only records of these are wanted. */
  readonly children: ReadonlySet<ChildJob>;
  /** And only of these; null: of all streams. */
  readonly streams: ReadonlySet<StreamName> | null;
  /** `isPressed` has changed. */
  readonly pressure: () => void;
  readonly closed: (follower: Follower) => void;
}

/**
 * One reader of a job's events: a queue that is filled as they happen and emptied as they are asked for. Records are not
 * in it, only their places: they are taken from the logs, and so claimed, when their turn comes.
 * It says when it is behind by more than it should (`isPressed`), so that hosts can be made to wait instead of our memory.
 */
export class Follower implements Reading<JobEvent>, AsyncIterableIterator<JobEvent> {
  readonly #options: FollowerOptions;
  readonly #queue = new Fifo<Item>();
  #bytes = 0;
  #isPressed = false;
  #isSwept = false;
  /** `end` was given, or it was closed. */
  #isDone = false;
  #isClosed = false;
  #waiting: (() => void)[] = [];

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  get isPressed(): boolean {
    return this.#isPressed;
  }

  push(event: StateEvent | EndEvent): void {
    if (this.#isDone) return;
    this.#queue.push(event);
    this.#wake();
  }

  /** A record was added. */
  record(child: ChildJob, record: OutputRecord): void {
    const { streams } = this.#options;
    if (streams === null || streams.has(record.stream)) this.#mark(child, sizeOf(record));
  }

  /** There may be records of this child that nobody has claimed: from before, or given back. */
  lookAgain(child: ChildJob): void {
    this.#mark(child, 0);
  }
  async next(): Promise<IteratorResult<JobEvent, undefined>> {
    for (;;) {
      const event = this.#take();
      if (event !== null) return { done: false, value: event };
      if (this.#isDone) return { done: true, value: undefined };
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  acknowledge(childId: number, seq: number): void {
    this.#options.readers.acknowledge(childId, seq);
  }

  held(childId: number): number {
    return this.#options.readers.held(childId);
  }

  stop(given: ReadonlyMap<number, number>): void {
    this.#finish();
    this.#options.readers.stop(given);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#finish();
    this.#options.readers.close();
  }

  return(): Promise<IteratorResult<JobEvent, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #mark(child: ChildJob, bytes: number): void {
    if (this.#isDone || !this.#options.children.has(child)) return;
    const { last } = this.#queue;
    if (last !== undefined && 'child' in last && last.child === child) {
      last.upTo = child.lastSeq;
      last.bytes += bytes;
    } else {
      this.#queue.push({ child, upTo: child.lastSeq, bytes });
    }
    this.#weigh(bytes);
    this.#wake();
  }

  #take(): JobEvent | null {
    for (let item = this.#queue.first; item !== undefined; item = this.#queue.first) {
      if ('child' in item) {
        const record = this.#recordAt(item);
        if (record !== null) return eventOf(item.child, record);
      } else if (item.event === 'end' && !this.#isSwept) {
        this.#sweep();
        continue;
      }
      this.#queue.shift();
      if ('child' in item) {
        this.#weigh(-item.bytes);
      } else {
        if (item.event === 'end') this.#finish();
        return item;
      }
    }
    return null;
  }

  #recordAt(mark: Mark): OutputRecord | null {
    const record = this.#options.readers.next(mark.child, mark.upTo);
    if (record === null) return null;
    const bytes = Math.min(mark.bytes, sizeOf(record));
    mark.bytes -= bytes;
    this.#weigh(-bytes);
    return record;
  }

  /** Before the end: what another reader had taken, and gave back. */
  #sweep(): void {
    this.#isSwept = true;
    const left = [...this.#options.children]
      .filter((child) => child.log.hasUnread)
      .map((child) => ({ child, upTo: child.lastSeq, bytes: 0 }));
    if (left.length > 0) this.#queue.insert(left);
  }

  #weigh(bytes: number): void {
    this.#bytes += bytes;
    const isPressed = this.#isPressed ? this.#bytes > LOW_BYTES : this.#bytes > HIGH_BYTES;
    if (isPressed === this.#isPressed) return;
    this.#isPressed = isPressed;
    this.#options.pressure();
  }

  #wake(): void {
    if (this.#waiting.length === 0) return;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #finish(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#queue.clear();
    this.#weigh(-this.#bytes);
    this.#wake();
    this.#options.closed(this);
  }
}

function eventOf({ identity }: ChildJob, record: OutputRecord): JobEvent {
  const { id: jobId, parentId, target } = identity;
  return { event: 'record', jobId, parentId, host: target.name, record };
}

function sizeOf(record: OutputRecord): number {
  return record.data.byteLength + RECORD_OVERHEAD;
}

/** Enough to keep a reader busy while the hosts are told to go on; small beside what one process may use. */
const HIGH_BYTES = 2 * 1024 * 1024;
const LOW_BYTES = 512 * 1024;
/** What a record costs beside its bytes: a host that sends single bytes must not grow us unseen. */
const RECORD_OVERHEAD = 150;
