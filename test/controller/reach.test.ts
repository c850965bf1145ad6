import { describe, expect, test } from 'vitest';
import { reach, type Reacher, type ReachOptions } from '../../src/controller/reach.ts';
import { Secret } from '../../src/base/secret.ts';
import { Routes } from '../../src/controller/routes.ts';
import { createThrottle } from '../../src/controller/throttle.ts';
import { FailureError } from '../../src/model/failure.ts';
import type { ConnectRequest } from '../../src/model/ports/transport.ts';
import { definition, failure, FakeClock, FakeTransport, settled, target } from './fakes.ts';

function setUp(transport: FakeTransport, slots = 64): { clock: FakeClock; reacher: Reacher } {
  const clock = new FakeClock();
  const logins = createThrottle(slots);
  return { clock, reacher: { clock, transport, logins, routes: new Routes(), random: () => 0.5 } };
}

function request(host: string, signal = new AbortController().signal): ConnectRequest {
  return {
    target: target(host),
    access: definition([]).access,
    connectTimeoutMs: 10_000,
    observer: { phase: () => undefined, trace: null, warning: () => undefined },
    ask: null,
    keepMs: null,
    signal,
  };
}

/** Collects how a reach ended and how many attempts it made. */
function run(
  reacher: Reacher,
  asked: ConnectRequest,
  retries = 0,
  changes: Partial<ReachOptions> = {},
): { attempts: number; end: unknown } {
  const result = { attempts: 0, end: null as unknown };
  const attempted = (): void => {
    result.attempts += 1;
  };
  const options = {
    retries,
    retryDelayMs: null,
    admit: () => undefined,
    isHeld: () => false,
    untilDecided: () => Promise.resolve(),
    attempted,
    ...changes,
  };
  void reach(reacher, asked, options).then(
    (connection) => {
      result.end = connection;
    },
    (error: unknown) => {
      result.end = error;
    },
  );
  return result;
}

describe('reach', () => {
  test('tries a login again that took too long, but not where a password may have been found wrong in it', async () => {
    const attempts = async (password: Secret | null): Promise<number> => {
      const transport = new FakeTransport(() => Promise.reject(failure('auth-timeout')));
      const { clock, reacher } = setUp(transport);
      const asked = request('b');
      const result = run(reacher, { ...asked, access: { ...asked.access, password } }, 2);
      await clock.advance(5000);
      expect(result.end).toBeInstanceOf(FailureError);
      return result.attempts;
    };
    await expect(attempts(null)).resolves.toBe(3);
    await expect(attempts(new Secret('x'))).resolves.toBe(1);
  });

  test('F10 a busy target is asked again with growing waits, and is reached once it has room', async () => {
    const times: number[] = [];
    const transport = new FakeTransport((asked, attempt) => {
      times.push(clock.monotonic());
      if (attempt < 4) return Promise.reject(failure('target-busy'));
      return Promise.resolve(transport.connection(asked.target));
    });
    const { clock, reacher } = setUp(transport);
    const result = run(reacher, request('b'));
    await clock.advance(5000);
    expect(result.end).not.toBeInstanceOf(Error);
    expect(result.attempts).toBe(4);
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(new Set(waits).size).toBe(3);
    expect(clock.pending).toBe(0);
  });

  test('F10 a target that stays busy fails as target-busy within the connect time, and says how often we asked', async () => {
    const transport = new FakeTransport(() =>
      Promise.reject(failure('target-busy', 'Exceeded MaxStartups')),
    );
    const { clock, reacher } = setUp(transport);
    const result = run(reacher, request('b'));
    await clock.advance(10_000);
    expect(result.end).toBeInstanceOf(FailureError);
    expect((result.end as FailureError).failure).toMatchObject({ code: 'target-busy' });
    expect((result.end as FailureError).message).toBe(
      `Exceeded MaxStartups (${result.attempts} attempts)`,
    );
    expect(result.attempts).toBeGreaterThan(3);
  });

  test('F10 a busy jump host, which the transport has asked for all, is not asked once more for each', async () => {
    const busy = failure('target-busy', 'Exceeded MaxStartups');
    const gate = new FailureError({ ...busy.failure, via: 'gate' });
    const { clock, reacher } = setUp(new FakeTransport(() => Promise.reject(gate)));
    const result = run(reacher, request('b'));
    await clock.advance(10_000);
    expect((result.end as FailureError).failure).toEqual(gate.failure);
    expect(result.attempts).toBe(1);
  });

  test('the connect time starts when a login slot is granted', async () => {
    const budgets: number[] = [];
    const transport = new FakeTransport(async (asked) => {
      budgets.push(asked.connectTimeoutMs);
      await new Promise<void>((resolve) => clock.after(7000, resolve));
      return transport.connection(asked.target);
    });
    const { clock, reacher } = setUp(transport, 1);
    const first = run(reacher, request('a'));
    const second = run(reacher, request('b'));
    await clock.advance(14_000);
    expect([first.end, second.end].every((end) => end !== null && !(end instanceof Error))).toBe(
      true,
    );
    expect(budgets).toEqual([10_000, 10_000]);
  });

  test('a login that waits for a person gives its slot to others, and goes on when it is answered', async () => {
    const reached: string[] = [];
    const transport = new FakeTransport(async (asked) => {
      const question = { key: 'code', text: 'code', secret: true };
      const said = asked.target.name === 'a' ? await asked.ask?.(question) : 'not asked';
      reached.push(`${asked.target.name} ${said}`);
      return transport.connection(asked.target);
    });
    const { clock, reacher } = setUp(transport, 1);
    let answer: (text: string) => void = () => undefined;
    const ask = (): Promise<string> =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const asking = run(reacher, { ...request('a'), ask });
    for (const host of ['b', 'c']) run(reacher, request(host));
    await clock.advance(1000);
    expect(reached).toEqual(['b not asked', 'c not asked']);
    expect(asking.end).toBeNull();
    answer('123');
    await clock.advance(1);
    expect(reached).toEqual(['b not asked', 'c not asked', 'a 123']);
    expect(asking.end).not.toBeInstanceOf(Error);
  });

  test('a refused connection is tried again only as often as the job allows', async () => {
    const transport = new FakeTransport(() => Promise.reject(failure('refused')));
    const { clock, reacher } = setUp(transport);
    const never = run(reacher, request('a'));
    const twice = run(reacher, request('b'), 2);
    await clock.advance(60_000);
    expect([never.attempts, twice.attempts]).toEqual([1, 3]);
  });

  test.each(['host-key-changed', 'host-key-unknown', 'auth-denied', 'lost'] as const)(
    '%s is never tried again',
    async (code) => {
      const transport = new FakeTransport(() => Promise.reject(failure(code)));
      const { clock, reacher } = setUp(transport);
      const result = run(reacher, request('a'), 5);
      await clock.advance(60_000);
      expect(result.attempts).toBe(1);
    },
  );

  test('a stop ends the waits at once', async () => {
    const transport = new FakeTransport(() => Promise.reject(failure('target-busy')));
    const { clock, reacher } = setUp(transport);
    const controller = new AbortController();
    const result = run(reacher, request('a', controller.signal));
    await clock.advance(1);
    controller.abort(new Error('stop'));
    await settled();
    expect(result.end).toMatchObject({ message: 'stop' });
    expect(clock.pending).toBe(0);
  });

  test('where it is not admitted, nothing is tried, and no connection that is open is taken', async () => {
    const transport = new FakeTransport();
    let taken = 0;
    transport.take = () => {
      taken += 1;
      return null;
    };
    const { clock, reacher } = setUp(transport);
    const admit = (): void => {
      throw failure('skipped');
    };
    const result = run(reacher, request('a'), 3, { admit });
    await clock.advance(0);
    expect(result).toMatchObject({ attempts: 0, end: { failure: { code: 'skipped' } } });
    expect([taken, transport.requests.length]).toEqual([0, 0]);
  });
});
