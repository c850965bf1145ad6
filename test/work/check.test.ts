import { describe, expect, test } from 'vitest';
import type { Failure } from '../../src/model/failure.ts';
import type { Probe } from '../../src/model/ports/transport.ts';
import type { WorkContext } from '../../src/model/ports/work.ts';
import { checkKind } from '../../src/work/check.ts';
import { builtInKinds, checkSpec } from '../../src/work/kinds.ts';
import { doWork, GONE, type Doing } from './rig.ts';

const target = {
  name: 'web1',
  address: '127.0.0.1',
  port: 22,
  user: 'nobody',
  identities: [],
  jump: [],
  vars: {},
  groups: [],
};
const refused: Failure = {
  phase: 'connect',
  code: 'refused',
  message: 'connection to 127.0.0.1 port 22 refused',
  mayHaveRun: false,
  via: null,
};
const times = { resolveMs: 0, tcpMs: 1, sshMs: 2.5, authMs: 4 };
const good: Probe = { reached: 'auth', address: '127.0.0.1', ...times, failure: null };
const bad: Probe = {
  ...good,
  reached: 'resolve',
  tcpMs: null,
  sshMs: null,
  authMs: null,
  failure: refused,
};

function check(
  probes: readonly Probe[],
  options: Partial<WorkContext> = {},
  intervalMs = 0,
): Doing {
  const left = [...probes];
  return doWork(checkKind, checkSpec('auth', { count: probes.length, intervalMs }), {
    target,
    probe: () => {
      const next = left.shift();
      return next === undefined ? Promise.reject(new Error('one too many')) : Promise.resolve(next);
    },
    ...options,
  });
}

describe('a check', () => {
  test('is done where the host was reached, and says how long each step took', async () => {
    const doing = check([good]);
    expect(await doing.end).toEqual({ kind: 'done' });
    expect(doing.data()).toEqual({
      check: {
        online: true,
        reached: 'auth',
        address: '127.0.0.1',
        probes: [{ ...times, failure: null }],
      },
    });
  });

  test('fails with the reason where it was not', async () => {
    const doing = check([bad]);
    expect(await doing.end).toEqual({ kind: 'failed', failure: refused });
    expect(doing.data()).toEqual({
      check: {
        online: false,
        reached: 'resolve',
        address: '127.0.0.1',
        probes: [{ resolveMs: 0, tcpMs: null, sshMs: null, authMs: null, failure: refused }],
      },
    });
  });

  test('of several probes succeeds only where all did, and is online by the last', async () => {
    const doing = check([good, bad, good]);
    expect(await doing.end).toEqual({ kind: 'failed', failure: refused });
    expect(doing.data()).toMatchObject({
      check: { online: true, reached: 'auth', probes: [{}, { failure: refused }, {}] },
    });
    expect(await check([good, good]).end).toEqual({ kind: 'done' });
  });

  test('names the last failure', async () => {
    const later = { ...refused, message: 'later' };
    const doing = check([bad, { ...bad, failure: later }, good]);
    expect(await doing.end).toEqual({ kind: 'failed', failure: later });
  });

  test('keeps its interval from the beginning of one probe to that of the next', async () => {
    let now = 0;
    const waits: number[] = [];
    const clock = {
      now: () => now,
      monotonic: () => now,
      after: (ms: number, task: () => void) => {
        waits.push(ms);
        now += ms;
        queueMicrotask(task);
        return { cancel: () => undefined, unref: () => undefined };
      },
    };
    const took = [300, 1_500, 0];
    const doing = check(
      [good, good, good],
      {
        clock,
        probe: () => {
          now += took.shift() ?? 0;
          return Promise.resolve(good);
        },
      },
      1_000,
    );
    expect(await doing.end).toEqual({ kind: 'done' });
    expect(waits).toEqual([700, 0]);
  });

  test('is ended between two probes', async () => {
    const doing = check([good, good], {}, 1_000_000);
    await Promise.resolve();
    expect((await doing.stop()).end).toEqual(GONE);
  });

  test('is ended within a probe', async () => {
    const abort = new AbortController();
    const doing = check([good], {
      signal: abort.signal,
      probe: () =>
        new Promise((_, reject) => {
          abort.signal.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    });
    abort.abort();
    expect(await doing.end).toEqual(GONE);
  });

  test.each([
    [{ kind: 'check', until: 'moon', count: 1, intervalMs: 0 }, 'until'],
    [{ kind: 'check', until: 'auth', count: 0, intervalMs: 0 }, 'count'],
    [{ kind: 'check', until: 'auth', count: 1.5, intervalMs: 0 }, 'count'],
    [{ kind: 'check', until: 'auth', count: 1, intervalMs: -1 }, 'interval'],
    [{ kind: 'check', until: 'auth', count: 1, intervalMs: 'x' }, 'interval'],
  ])('is refused where its spec is %j', (spec, word) => {
    expect(() => checkKind.parse(spec)).toThrow(word);
  });

  test('is one of the kinds that every controller has', () => {
    expect(builtInKinds).toContain(checkKind);
    expect(checkKind.jobType).toBe('CheckJob');
    expect(checkKind.describe(checkSpec('ssh'), null)).toBe('check ssh');
    expect(checkKind.describe(checkSpec('auth', { count: 3 }), null)).toBe('check auth × 3');
  });
});
