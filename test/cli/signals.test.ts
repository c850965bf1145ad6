import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { type Interruption, listenForSignals } from '../../src/cli/signals.ts';
import type { Clock } from '../../src/base/clock.ts';
import type { Shell } from '../../src/cli/shell.ts';

describe('signals', () => {
  test.each(['SIGINT', 'SIGHUP', 'SIGTERM'] as const)(
    '%s asks, a second signal insists',
    async (signal) => {
      const { shell, interruption } = listening(0);
      expect(interruption.first).toBeNull();
      shell.emit(signal);
      expect(await interruption.asked).toBe(signal);
      expect(interruption.first).toBe(signal);
      expect(interruption.signal.aborted).toBe(true);
      expect(await settled(interruption.insisted)).toBeNull();
      shell.emit('SIGINT');
      expect(await interruption.insisted).toBe('SIGINT');
      expect(interruption.first).toBe(signal);
      interruption.close();
    },
  );

  test('that npm passes on after the terminal sent them are not a second Ctrl-C', async () => {
    const { shell, interruption, advance } = listening(30);
    shell.emit('SIGINT');
    advance(29);
    shell.emit('SIGINT');
    expect(await settled(interruption.insisted)).toBeNull();
    advance(1);
    shell.emit('SIGINT');
    expect(await interruption.insisted).toBe('SIGINT');
    interruption.close();
  });

  test('are no longer ours after close', () => {
    const { shell, interruption } = listening(0);
    interruption.close();
    expect(shell.eventNames()).toEqual([]);
  });
});

function listening(echoMs: number): {
  shell: EventEmitter;
  interruption: Interruption;
  advance: (ms: number) => void;
} {
  let now = 1000;
  const shell = new EventEmitter();
  const clock: Pick<Clock, 'monotonic'> = { monotonic: () => now };
  const interruption = listenForSignals(shell as unknown as Shell, clock as Clock, echoMs);
  return { shell, interruption, advance: (ms) => (now += ms) };
}

/** What a promise has resolved to by now. */
function settled<T>(promise: Promise<T>): Promise<T | null> {
  return Promise.race([promise, Promise.resolve(null)]);
}
