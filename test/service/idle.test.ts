import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { watchIdle } from '../../src/service/idle.ts';

/** Time that goes on when it is told to, one timer after another. */
class ManualClock implements Clock {
  #now = 0;
  #timers: { readonly at: number; readonly task: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, task: () => void): { cancel(): void; unref(): void } {
    const timer = { at: this.#now + ms, task };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((one) => one !== timer);
      },
      unref: () => undefined,
    };
  }

  async go(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#timers.toSorted((one, other) => one.at - other.at)[0];
      if (next === undefined || next.at > until) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#now = next.at;
      next.task();
      // What the task has begun goes as far as it can.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = until;
  }

  get waiting(): number {
    return this.#timers.length;
  }
}

const HOUR = 3_600_000;

describe('idleness', () => {
  test('is over an hour after the last thing there was to do, and not before', async () => {
    const clock = new ManualClock();
    let busy = true;
    let idle = 0;
    const watch = watchIdle({
      clock,
      idleMs: HOUR,
      isBusy: () => Promise.resolve(busy),
      onIdle: async () => void (idle += 1),
    });
    await clock.go(10 * HOUR);
    busy = false;
    await clock.go(HOUR - 60_000);
    expect(idle).toBe(0);
    await clock.go(90_000);
    expect(idle).toBe(1);
    watch.close();
    expect(clock.waiting).toBe(0);
  });

  test('begins anew with every client that comes or goes', async () => {
    const clock = new ManualClock();
    let idle = 0;
    const watch = watchIdle({
      clock,
      idleMs: HOUR,
      isBusy: () => Promise.resolve(false),
      onIdle: async () => void (idle += 1),
    });
    for (let i = 0; i < 20; i += 1) {
      await clock.go(HOUR / 2);
      watch.active();
    }
    expect(idle).toBe(0);
    await clock.go(HOUR + 60_000);
    expect(idle).toBe(1);
    watch.close();
  });

  test('is told once, and again only after as long a time', async () => {
    const clock = new ManualClock();
    let idle = 0;
    const watch = watchIdle({
      clock,
      idleMs: HOUR,
      isBusy: () => Promise.resolve(false),
      onIdle: async () => void (idle += 1),
    });
    await clock.go(1.5 * HOUR);
    expect(idle).toBe(1);
    await clock.go(HOUR);
    expect(idle).toBe(2);
    watch.close();
  });
});
