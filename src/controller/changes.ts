import type { StateEvent } from '../model/event.ts';
import { Fifo } from './fifo.ts';

/** Gives every change of state in a controller to those who watch. */
export class Changes {
  readonly #watchers = new Set<Watcher>();

  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  push(event: StateEvent): void {
    for (const watcher of this.#watchers) watcher.push(event);
  }

  /** From now on, until the signal is aborted. */
  watch(signal: AbortSignal): AsyncIterable<StateEvent> {
    const watcher = new Watcher(() => {
      signal.removeEventListener('abort', close);
      this.#watchers.delete(watcher);
    });
    const close = (): void => watcher.close();
    if (signal.aborted) {
      watcher.close();
    } else {
      this.#watchers.add(watcher);
      signal.addEventListener('abort', close, { once: true });
    }
    return watcher;
  }

  /** Nothing will change any more. */
  close(): void {
    for (const watcher of this.#watchers) watcher.close();
  }
}

class Watcher implements AsyncIterableIterator<StateEvent> {
  readonly #closed: () => void;
  readonly #queue = new Fifo<StateEvent>();
  #isClosed = false;
  #waiting: (() => void)[] = [];

  constructor(closed: () => void) {
    this.#closed = closed;
  }

  push(event: StateEvent): void {
    if (this.#queue.length === MOST_EVENTS) this.#queue.shift();
    this.#queue.push(event);
    this.#wake();
  }

  async next(): Promise<IteratorResult<StateEvent, undefined>> {
    for (;;) {
      const event = this.#isClosed ? undefined : this.#queue.shift();
      if (event !== undefined) return { done: false, value: event };
      if (this.#isClosed) return { done: true, value: undefined };
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  return(): Promise<IteratorResult<StateEvent, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue.clear();
    this.#closed();
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** What a watcher may be behind by; beyond that the oldest are dropped. */
const MOST_EVENTS = 10_000;
