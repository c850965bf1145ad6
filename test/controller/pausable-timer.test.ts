import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PausableTimer } from '../../src/controller/pausable-timer.ts';
import { FakeClock } from './fakes.ts';

test('the task is called once, after the time for which it was not paused', async () => {
  const pauses = fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.boolean()), {
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 100 }), pauses, async (limit, steps) => {
      const clock = new FakeClock();
      let called = 0;
      const timer = new PausableTimer(clock, limit, () => {
        called += 1;
      });
      let ran = 0;
      let isRunning = true;
      for (const [ms, runs] of steps) {
        await clock.advance(ms);
        if (isRunning) ran += ms;
        expect(called).toBe(ran >= limit ? 1 : 0);
        isRunning = runs;
        if (runs) timer.resume();
        else timer.pause();
      }
      timer.resume();
      await clock.advance(limit);
      expect(called).toBe(1);
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 100 },
  );
});

test('a cancelled one calls nothing, and is not resumed', async () => {
  const clock = new FakeClock();
  const timer = new PausableTimer(clock, 5, () => expect.unreachable());
  timer.pause();
  timer.cancel();
  timer.resume();
  await clock.advance(100);
  expect(clock.pending).toBe(0);
});
