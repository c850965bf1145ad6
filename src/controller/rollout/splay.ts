import type { Clock, Timer } from '../../base/clock.ts';

export interface SplayOptions<T> {
  readonly clock: Clock;
  readonly random: () => number;
  /** Each waits a time of chance from 0 to below this. Milliseconds. */
  readonly splayMs: number;
  readonly release: (thing: T) => void;
}

/** Spreads the beginnings of many over some time. Holds one timer, however many wait. */
export class Splay<T> {
  readonly #options: SplayOptions<T>;
  /** The one that is due first comes last. */
  #waiting: { readonly thing: T; readonly at: number }[] = [];
  #timer: Timer | null = null;

  constructor(options: SplayOptions<T>) {
    this.#options = options;
  }

  /** Begins anew with these. */
  spread(things: readonly T[]): void {
    this.cancel();
    const { clock, random, splayMs } = this.#options;
    const now = clock.monotonic();
    this.#waiting = things
      .map((thing) => ({ thing, at: now + random() * splayMs }))
      .sort((a, b) => b.at - a.at);
    this.#wait();
  }

  /** Whoever still waits does so for ever. */
  cancel(): void {
    this.#waiting = [];
    this.#timer?.cancel();
    this.#timer = null;
  }

  #wait(): void {
    const next = this.#waiting.at(-1);
    if (next === undefined) return;
    const { clock } = this.#options;
    this.#timer = clock.after(Math.max(0, next.at - clock.monotonic()), () => this.#release());
  }

  #release(): void {
    this.#timer = null;
    const now = this.#options.clock.monotonic();
    // Timers count in whole milliseconds, and may be early by a part of one.
    while ((this.#waiting.at(-1)?.at ?? Infinity) < now + 1) {
      const due = this.#waiting.pop();
      if (due !== undefined) this.#options.release(due.thing);
    }
    if (this.#timer === null) this.#wait();
  }
}
