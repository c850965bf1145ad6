import type { Clock } from '../../../src/base/clock.ts';

export interface ManualClock extends Clock {
  /** Lets time pass: what is due happens at its moment, in order. */
  pass(ms: number): void;
  /** Timers that wait. */
  readonly pending: () => number;
}

/** Time stands still until a test lets it pass. */
export function manualClock(): ManualClock {
  const waiting = new Set<{ readonly at: number; readonly task: () => void }>();
  let time = 1_000;
  return {
    now: () => time,
    monotonic: () => time,
    after: (ms, task) => {
      const timer = { at: time + ms, task };
      waiting.add(timer);
      return { cancel: () => void waiting.delete(timer), unref: () => undefined };
    },
    pass: (ms) => {
      const end = time + ms;
      for (;;) {
        const [next] = [...waiting].toSorted((a, b) => a.at - b.at);
        if (next === undefined || next.at > end) break;
        waiting.delete(next);
        time = Math.max(time, next.at);
        next.task();
      }
      time = end;
    },
    pending: () => waiting.size,
  };
}
