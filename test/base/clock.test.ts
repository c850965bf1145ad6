import { describe, expect, test } from 'vitest';
import { delay, isoTime, systemClock } from '../../src/base/clock.ts';

describe('the system clock', () => {
  test('times are ISO 8601, UTC, with milliseconds', () => {
    expect(isoTime(0)).toBe('1970-01-01T00:00:00.000Z');
  });

  test('a wait longer than a timer can hold does not fire at once', async () => {
    let fired = false;
    const timer = systemClock.after(2 ** 40, () => {
      fired = true;
    });
    await delay(systemClock, 20);
    timer.cancel();
    expect(fired).toBe(false);
  });

  test('a delay ends with the reason of its signal, and leaves no timer', async () => {
    const abort = new AbortController();
    const waiting = delay(systemClock, 60_000, abort.signal);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(delay(systemClock, 60_000, abort.signal)).rejects.toThrow('enough');
    expect(
      process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
    ).toBeLessThan(3);
  });
});
