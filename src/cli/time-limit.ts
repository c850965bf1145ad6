import type { Clock } from '../base/clock.ts';

/** `--timeout`: from now on so long, together with a signal that ends the waiting sooner. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** The time is over: it was not the signal. */
  readonly isOver: boolean;
  close(): void;
}

/** `ms` null: no limit but the signal. */
export function timeLimit(clock: Clock, ms: number | null, signal: AbortSignal): TimeLimit {
  const own = new AbortController();
  let isOver = false;
  const timer =
    ms === null
      ? null
      : clock.after(ms, () => {
          isOver = true;
          own.abort(new Error('the time limit is over'));
        });
  return {
    signal: AbortSignal.any([own.signal, signal]),
    get isOver() {
      return isOver;
    },
    close: () => timer?.cancel(),
  };
}
