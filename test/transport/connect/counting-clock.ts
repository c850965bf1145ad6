import { systemClock, type Clock } from '../../../src/base/clock.ts';

export interface CountingClock extends Clock {
  /** Timers that were neither cancelled nor are over. */
  readonly pending: () => number;
}

export function countingClock(): CountingClock {
  const pending = new Set<object>();
  return {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic(),
    after: (ms, task) => {
      const mark = {};
      pending.add(mark);
      const timer = systemClock.after(ms, () => {
        pending.delete(mark);
        task();
      });
      return {
        unref: () => timer.unref(),
        cancel: () => {
          pending.delete(mark);
          timer.cancel();
        },
      };
    },
    pending: () => pending.size,
  };
}
