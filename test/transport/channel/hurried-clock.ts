import { systemClock, type Clock } from '../../../src/base/clock.ts';

export interface HurriedClock extends Clock {
  /** From now on time goes `factor` times as fast: deadlines of seconds pass in milliseconds. */
  hurry(factor: number): void;
}

/** A clock that runs like any other at first, so that what a test only prepares has all its time. */
export function hurriedClock(): HurriedClock {
  let factor = 1;
  let since = 0;
  let passed = 0;
  const monotonic = (): number => passed + (systemClock.monotonic() - since) * factor;
  return {
    now: () => systemClock.now(),
    monotonic,
    after: (ms, task) => systemClock.after(ms / factor, task),
    hurry: (times) => {
      passed = monotonic();
      since = systemClock.monotonic();
      factor = times;
    },
  };
}
