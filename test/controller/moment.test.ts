import { describe, expect, test } from 'vitest';
import { leftOf, momentOf } from '../../src/controller/moment.ts';
import { FakeClock } from './fakes.ts';

const HOUR = 3_600_000;

describe('F49: what an earlier controller wrote down, by a wall clock that was set since', () => {
  test('is as long ago as the wall clock says, and never to come', async () => {
    const clock = new FakeClock();
    await clock.advance(1_000);
    expect(momentOf(clock.now() - HOUR, clock).monotonic).toBe(clock.monotonic() - HOUR);
    expect(momentOf(clock.now() + HOUR, clock).monotonic).toBe(clock.monotonic());
  });

  test('leaves a limit what is left of it, and never more than all', () => {
    const clock = new FakeClock();
    expect(leftOf(HOUR, clock.now() - 60_000, clock)).toBe(HOUR - 60_000);
    expect(leftOf(HOUR, clock.now() + 24 * HOUR, clock)).toBe(HOUR);
  });
});
