import { describe, expect, test } from 'vitest';
import { comeBack, reachToEnd, type ComeBackRequest } from '../../src/controller/come-back.ts';
import { reach, type Reacher } from '../../src/controller/reach.ts';
import { Routes } from '../../src/controller/routes.ts';
import { createThrottle } from '../../src/controller/throttle.ts';
import { ContactEnded, FailureError } from '../../src/model/failure.ts';
import type { Connection } from '../../src/model/ports/transport.ts';
import type { Target } from '../../src/model/target.ts';
import { definition, failure, FakeClock, FakeTransport, settled, target } from './fakes.ts';

const GATE = target('gate');

interface Rig {
  readonly clock: FakeClock;
  readonly transport: FakeTransport;
  readonly reacher: Reacher;
  /** When each attempt at that host began. */
  readonly times: (host: string) => readonly number[];
}

/** Hosts in `up` are reached, those in `silent` never answer, and others refuse. */
function setUp(up: Set<string>, silent = new Set<string>(), slots = 64, random = 0.5): Rig {
  const clock = new FakeClock();
  const began: [string, number][] = [];
  const transport = new FakeTransport((request) => {
    const { name } = request.target;
    began.push([name, clock.monotonic()]);
    if (up.has(name)) return Promise.resolve(transport.connection(request.target));
    if (!silent.has(name)) return Promise.reject(failure('refused'));
    return new Promise((_, reject) => {
      const late = clock.after(request.connectTimeoutMs, () => reject(failure('connect-timeout')));
      request.signal.addEventListener('abort', () => {
        late.cancel();
        reject(new Error('aborted'));
      });
    });
  });
  const logins = createThrottle(slots);
  const routes = new Routes();
  return {
    clock,
    transport,
    reacher: { clock, transport, logins, routes, random: () => random },
    times: (host) => began.filter(([name]) => name === host).map(([, time]) => time),
  };
}

function request(
  host: string,
  { jump = [] as Target['jump'], signal = new AbortController().signal } = {},
): ComeBackRequest {
  return {
    target: { ...target(host), jump },
    access: definition([]).access,
    connectTimeoutMs: 10_000,
    observer: { phase: () => undefined, trace: null, warning: () => undefined },
    ask: null,
    keepMs: null,
    signal,
    attempted: () => undefined,
  };
}

function begin(reacher: Reacher, asked: ComeBackRequest, round = 0): { end: unknown } {
  const result = { end: null as unknown };
  const note = (end: unknown): void => {
    result.end = end;
  };
  void comeBack(reacher, asked, round).then(note, note);
  return result;
}

function waits(times: readonly number[]): readonly number[] {
  return times.map((time, index) => time - (times[index - 1] ?? 0));
}

describe('coming back', () => {
  test.each([
    ['the shortest', 0, [250, 500, 1000, 2000, 4000, 7500, 7500]],
    ['the longest', 0.999999, [500, 1000, 2000, 4000, 8000, 15_000, 15_000]],
  ])('waits longer and longer, to at most 15 s: %s by chance', async (_, random, expected) => {
    const { clock, reacher, times } = setUp(new Set(), new Set(), 64, random);
    begin(reacher, request('b'));
    await clock.advance(60_000);
    const all = waits(times('b')).slice(0, expected.length);
    expect(all.map(Math.round)).toEqual(expected);
  });

  test('begins with longer waits where connections have not lasted', async () => {
    const { clock, reacher, times } = setUp(new Set());
    begin(reacher, request('b'), 3);
    await clock.advance(10_000);
    expect(times('b')[0]).toBe(3000);
  });

  test('the first success wakes the others at once: those on its route, and no others', async () => {
    const up = new Set<string>();
    const { clock, reacher, times } = setUp(up);
    const behind = begin(reacher, request('behind', { jump: [GATE] }));
    const direct = begin(reacher, request('direct'));
    await clock.advance(30_000);
    const [before, others] = [times('behind').length, times('direct').length];
    up.add('behind').add('direct').add('first');
    // Somebody else gets through to another host behind the same gate.
    const first = reach(reacher, request('first', { jump: [GATE] }), OPTIONS);
    await settled();
    await first;
    await settled();
    expect(times('behind')).toHaveLength(before + 1);
    expect(behind.end).toMatchObject({ address: 'behind' });
    expect([times('direct').length, direct.end]).toEqual([others, null]);
    await clock.advance(15_000);
    expect(direct.end).toMatchObject({ address: 'direct' });
    expect(clock.pending).toBe(0);
  });

  test('an attempt of more than half a second is begun anew then; a younger one goes on', async () => {
    const [up, silent] = [new Set<string>(), new Set(['old', 'young'])];
    const { clock, reacher, times } = setUp(up, silent);
    const old = begin(reacher, request('old'));
    await clock.advance(600);
    const young = begin(reacher, request('young'), 0);
    await clock.advance(600);
    expect([times('old'), times('young')]).toEqual([[375], [975]]);
    up.add('old').add('young').add('first');
    await reach(reacher, request('first'), OPTIONS);
    await settled();
    expect(old.end).toMatchObject({ address: 'old' });
    expect([times('old'), times('young')]).toEqual([[375, 1200], [975]]);
    expect(young.end).toBeNull();
    // Its own attempt runs into its time, and is then begun anew at once.
    await clock.advance(9_775);
    expect(young.end).toMatchObject({ address: 'young' });
  });

  test('a host that stays away is not asked all the time while others get through all the time', async () => {
    const { clock, reacher, times } = setUp(new Set(['other']));
    begin(reacher, request('b'));
    for (let seconds = 0; seconds < 120; seconds += 0.1) {
      await clock.advance(100);
      await reach(reacher, request('other'), OPTIONS);
    }
    // By its own waits alone it would be some 14.
    expect(times('b').length).toBeLessThan(30);
  });

  test('a slow host is reached in spite of others that get through all the time', async () => {
    const { clock, reacher, transport } = setUp(new Set(['other']));
    const connectWith = transport.connectWith;
    transport.connectWith = async (asked, attempt) => {
      if (asked.target.name !== 'slow') return connectWith(asked, attempt);
      await new Promise<void>((resolve, reject) => {
        const timer = clock.after(5_000, resolve);
        asked.signal.addEventListener('abort', () => {
          timer.cancel();
          reject(new Error('aborted'));
        });
      });
      return transport.connection(asked.target);
    };
    const slow = begin(reacher, request('slow'));
    for (let tenths = 0; tenths < 200 && slow.end === null; tenths += 1) {
      await clock.advance(100);
      await reach(reacher, request('other'), OPTIONS);
    }
    expect(slow.end).toMatchObject({ address: 'slow' });
  });

  test('a thousand that are woken at once log in under the limit', async () => {
    const up = new Set<string>();
    const { clock, reacher, transport } = setUp(up, new Set(), 8);
    const names = Array.from({ length: 1000 }, (_, index) => `h${index}`);
    const all = names.map((name) => begin(reacher, request(name), 10));
    await clock.advance(1000);
    let [now, most] = [0, 0];
    transport.connectWith = async (asked) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise<void>((resolve) => clock.after(10, resolve));
      now -= 1;
      return transport.connection(asked.target);
    };
    const first = reach(reacher, request('first'), OPTIONS);
    await clock.advance(10);
    await first;
    await clock.advance(1990);
    expect(all.filter(({ end }) => end === null)).toEqual([]);
    expect(most).toBeLessThanOrEqual(8);
  });

  test.each(['host-key-changed', 'auth-denied', 'auth-partial'] as const)(
    '%s ends it: lost, and the command may have run',
    async (code) => {
      const { clock, reacher, transport } = setUp(new Set());
      transport.connectWith = () => Promise.reject(failure(code, 'no'));
      const result = begin(reacher, request('b'));
      await clock.advance(500);
      expect((result.end as FailureError).failure).toEqual({
        phase: 'run',
        code: 'lost',
        message: 'contact was lost, and cannot be made again: no',
        mayHaveRun: true,
        via: null,
      });
      expect([transport.requests.length, clock.pending]).toEqual([1, 0]);
    },
  );

  test('a login that was cut off was not refused', async () => {
    const { clock, reacher, transport } = setUp(new Set(['b']));
    const { connectWith } = transport;
    transport.connectWith = (asked, attempt) => {
      const cut = new FailureError(failure('auth-denied').failure, {
        cause: new ContactEnded('reset'),
      });
      return attempt === 1 ? Promise.reject(cut) : connectWith(asked, attempt);
    };
    const result = begin(reacher, request('b'));
    await clock.advance(2000);
    expect(result.end).toMatchObject({ address: 'b' });
  });

  test.each(['while it waits', 'within an attempt'])('the signal ends it: %s', async (when) => {
    const { clock, reacher } = setUp(new Set(), new Set(when === 'while it waits' ? [] : ['b']));
    const stop = new AbortController();
    const result = begin(reacher, request('b', { signal: stop.signal }));
    await clock.advance(when === 'while it waits' ? 100 : 1000);
    stop.abort(new Error('stopped'));
    await settled();
    expect(result.end).toMatchObject({ message: 'stopped' });
    expect(clock.pending).toBe(0);
  });
});

describe('reaching a host to end something', () => {
  test('goes on for as long as it may, and is never an error', async () => {
    const up = new Set<string>();
    const { clock, reacher } = setUp(up);
    const ends: (Connection | null)[] = [];
    void reachToEnd(reacher, request('b'), 3000).then((end) => ends.push(end));
    await clock.advance(2999);
    expect(ends).toEqual([]);
    await clock.advance(1);
    expect(ends).toEqual([null]);
    void reachToEnd(reacher, request('b'), 3000).then((end) => ends.push(end));
    await clock.advance(300);
    up.add('b');
    await clock.advance(1000);
    expect(ends[1]).toMatchObject({ address: 'b' });
    expect(clock.pending).toBe(0);
  });
});

const OPTIONS = {
  retries: 0,
  retryDelayMs: null,
  admit: () => undefined,
  isHeld: () => false,
  untilDecided: () => Promise.resolve(),
  attempted: () => undefined,
};
