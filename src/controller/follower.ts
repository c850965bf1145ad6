import type { JobEvent } from '../model/event.ts';

/**
 * One reader of a job's events: a queue that is filled as they happen and emptied as they are asked for.
 * It says when it holds more than it should (`pressed`), so that hosts can be made to wait instead of our memory.
 */
export class Follower implements AsyncIterableIterator<JobEvent> {
  readonly #taken: (event: JobEvent) => void;
  readonly #pressure: () => void;
  readonly #closed: (follower: Follower) => void;
  #queue: JobEvent[] = [];
  /** Where the next event in the queue is; what is before it was taken. */
  #head = 0;
  #bytes = 0;
  #pressed = false;
  #done = false;
  #current: JobEvent | null = null;
  #wake: (() => void) | null = null;

  constructor(options: {
    /** The reader came back for the next event: this one is done with. */
    readonly taken: (event: JobEvent) => void;
    /** `pressed` has changed. */
    readonly pressure: () => void;
    readonly closed: (follower: Follower) => void;
  }) {
    this.#taken = options.taken;
    this.#pressure = options.pressure;
    this.#closed = options.closed;
  }

  get pressed(): boolean {
    return this.#pressed;
  }

  push(event: JobEvent): void {
    if (this.#done) return;
    this.#queue.push(event);
    this.#weigh(sizeOf(event));
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<JobEvent, undefined>> {
    this.#release();
    while (this.#head === this.#queue.length) {
      if (this.#done) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    const value = this.#queue[this.#head];
    if (value === undefined) return { done: true, value: undefined };
    this.#advance();
    this.#weigh(-sizeOf(value));
    this.#current = value;
    if (value.event === 'end') this.#finish();
    return { done: false, value };
  }

  /** The reader stops early: what it was given last is not taken, and stays unread. */
  return(): Promise<IteratorResult<JobEvent, undefined>> {
    this.#current = null;
    this.#finish();
    this.#queue = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#weigh(0);
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #release(): void {
    const event = this.#current;
    this.#current = null;
    if (event !== null) this.#taken(event);
  }

  /** Drops what was taken in large pieces: shifting one by one would move the whole queue each time. */
  #advance(): void {
    this.#head += 1;
    if (this.#head === this.#queue.length || this.#head >= COMPACT_AT) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  #weigh(bytes: number): void {
    this.#bytes += bytes;
    const pressed = this.#pressed ? this.#bytes > LOW_BYTES : this.#bytes > HIGH_BYTES;
    if (pressed === this.#pressed) return;
    this.#pressed = pressed;
    this.#pressure();
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    this.#wake?.();
    this.#closed(this);
  }
}

function sizeOf(event: JobEvent): number {
  return event.event === 'record' ? event.record.data.byteLength + RECORD_OVERHEAD : 0;
}

/** Enough to keep a reader busy while the hosts are told to go on; small beside what one process may use. */
const HIGH_BYTES = 8 * 1024 * 1024;
const LOW_BYTES = 2 * 1024 * 1024;
const COMPACT_AT = 4096;
/** What a record costs beside its bytes: a host that sends single bytes must not grow us unseen. */
const RECORD_OVERHEAD = 150;
