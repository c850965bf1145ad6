import { abortReason } from './abort.ts';

/**
 * The only file that reads a clock or sets a timer. Wall time is for records people read; every
 * duration and deadline uses the monotonic clock, so that a jump of the wall clock moves nothing.
 */
export interface Clock {
  /** Wall time, milliseconds since the epoch. For storage and display only. */
  now(): number;
  /** Monotonic milliseconds, from an arbitrary start. For durations and deadlines. */
  monotonic(): number;
  /** Calls `task` once after `ms`. The timer keeps the process alive unless `unref` is called. */
  after(ms: number, task: () => void): Timer;
}

export interface Timer {
  cancel(): void;
  /** Lets the process end while this timer waits. */
  unref(): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, task) => new SystemTimer(ms, task),
};

class SystemTimer implements Timer {
  readonly #handle: NodeJS.Timeout;

  constructor(ms: number, task: () => void) {
    this.#handle = setTimeout(task, Math.min(ms, LONGEST_TIMER_MS));
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  unref(): void {
    this.#handle.unref();
  }
}

/** ISO 8601, UTC, milliseconds: the form every time in our JSON has. */
export function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}

/** Resolves after `ms`, or rejects with the signal's reason as soon as it is aborted. */
export function delay(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(abortReason(signal));
      return;
    }
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    const abort = (): void => {
      timer.cancel();
      if (signal !== undefined) reject(abortReason(signal));
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** Resolves after whatever else was waiting for its turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** setTimeout fires at once past 2^31-1 ms (Node's documentation), which would turn "long" into "now". */
const LONGEST_TIMER_MS = 2_147_483_647;
