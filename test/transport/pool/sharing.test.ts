import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection, Transport } from '../../../src/model/ports/transport.ts';
import type { Target } from '../../../src/model/target.ts';
import { startFleet, type Fleet } from '../../fleet/sshd.ts';
import { neverAnswersExec } from '../../fixtures/hosts/never-answers-exec.ts';
import { silent } from '../../fixtures/hosts/silent.ts';
import { eventually } from '../../helpers/eventually.ts';
import { hurriedClock } from '../channel/hurried-clock.ts';
import {
  connectTo,
  failureOf,
  heard,
  request,
  run,
  started,
  withTransport,
} from '../connect/reach.ts';

let fleet: Fleet;
let narrow: Fleet;
let host: string;
let other: string;
beforeAll(async () => {
  fleet = await startFleet();
  narrow = await startFleet({ config: ['MaxSessions 3'] });
  [host = '', other = ''] = fleet.addresses(2);
});
afterAll(() => Promise.all([fleet.stop(), narrow.stop()]));

const KEPT = { keepMs: 60_000 };

/** Places for `n` children of one host that come at once. */
async function places(
  transport: Transport,
  n: number,
  target: Target,
): Promise<readonly Connection[]> {
  const access = fleet.access();
  await transport.prepare([target], access, true);
  return Promise.all(Array.from({ length: n }, () => transport.connect(request(target, access))));
}

async function loginsDuring(task: () => Promise<void>): Promise<number> {
  const before = (await fleet.log()).length;
  await task();
  return (await fleet.log()).slice(before).match(/Accepted publickey/gu)?.length ?? 0;
}

describe('children of one host that come at once', () => {
  test('share four logins, nine commands on each and one session left for a stop', async () => {
    const logins = await loginsDuring(() =>
      withTransport(async (transport) => {
        const held = await places(transport, 30, fleet.target(host));
        expect(transport.openConnections).toBe(4);
        const channels = await Promise.all(held.map((one) => one.exec('read line', heard())));
        const running = held.map((one) => one.running.length);
        expect(running.toSorted((a, b) => b - a)).toEqual([
          ...Array<number>(27).fill(9),
          ...Array<number>(3).fill(3),
        ]);
        expect(held.every(({ isShared }) => isShared)).toBe(true);
        await expect(run(held[0] ?? raise(), 'echo tenth')).resolves.toMatchObject({
          output: 'tenth\n',
        });
        for (const channel of channels) channel.endInput();
        await Promise.all(channels.map(({ ended }) => ended));
        for (const one of held) one.release();
        expect(transport.openConnections).toBe(4);
      }, KEPT),
    );
    expect(logins).toBe(4);
  });

  test('each hear of their one login’s failure, and a later one is tried anew', async () => {
    const access = fleet.access({ knownHosts: [] });
    const target = fleet.target(host);
    const before = (await fleet.log()).length;
    await withTransport(async (transport) => {
      await transport.prepare([target], access, true);
      const attempt = (): Promise<unknown> => transport.connect(request(target, access));
      const settled = await Promise.allSettled([attempt(), attempt(), attempt()]);
      const errors = settled.map((one): unknown => ('reason' in one ? one.reason : null));
      expect(new Set(errors).size).toBe(3);
      for (const error of errors) {
        expect(error).toMatchObject({ failure: { phase: 'verify', code: 'host-key-unknown' } });
      }
      await expect(failureOf(attempt())).resolves.toMatchObject({ code: 'host-key-unknown' });
    });
    const log = (await fleet.log()).slice(before);
    expect(log.match(/^Connection from /gmu)).toHaveLength(2);
  });

  test('under two names hear of a failure by their own', async () => {
    const access = fleet.access({ knownHosts: [] });
    const targets = ['one', 'two'].map((name) => fleet.target(fleet.spare(0).address, { name }));
    await withTransport(async (transport) => {
      await transport.prepare(targets, access, true);
      const failures = targets.map((one) => failureOf(transport.connect(request(one, access))));
      const messages = (await Promise.all(failures)).map(({ message }) => message);
      expect(messages[0]).toMatch(/refused by one /u);
      expect(messages[1]).toMatch(/refused by two /u);
    });
  });

  test('of which one gives up leave the login to the others', async () => {
    const access = fleet.access();
    const target = fleet.target(host);
    await withTransport(async (transport) => {
      await transport.prepare([target], access, true);
      const aborts = [new AbortController(), new AbortController()] as const;
      const first = transport.connect(request(target, access, { signal: aborts[0].signal }));
      const second = transport.connect(request(target, access, { signal: aborts[1].signal }));
      aborts[0].abort(new Error('no longer wanted'));
      await expect(first).rejects.toThrow('no longer wanted');
      const held = await second;
      expect(held.isShared).toBe(false);
      await expect(run(held, 'echo here')).resolves.toMatchObject({ output: 'here\n' });
      expect(transport.openConnections).toBe(1);
    });
  });

  test('of which all give up leave nothing of the login', async () => {
    const access = fleet.access();
    const mute = await started(silent(fleet.spare(2)));
    const target = fleet.target(mute.address, { port: mute.port });
    await withTransport(async (transport) => {
      await transport.prepare([target], access, true);
      const abort = new AbortController();
      const { signal } = abort;
      const all = [1, 2].map(() => transport.connect(request(target, access, { signal })));
      const rejected = all.map((one) => expect(one).rejects.toThrow('no longer wanted'));
      await eventually(() => mute.open() === 1);
      abort.abort(new Error('no longer wanted'));
      await Promise.all(rejected);
      await eventually(() => mute.open() === 0, { deadlineMs: 2_000 });
      expect(mute.connections()).toBe(1);
      expect(transport.openConnections).toBe(0);
    }, KEPT);
  });
});

describe('a place on a connection', () => {
  test('is had on the fullest one, so that others become idle', async () => {
    await withTransport(async (transport) => {
      const target = fleet.target(host);
      const held = await places(transport, 11, target);
      held[10]?.release();
      held[0]?.release();
      const next = transport.take(request(target, fleet.access()));
      const channels = await Promise.all(
        [...held.slice(1, 9), next ?? raise()].map((one) => one.exec('read line', heard())),
      );
      expect(next?.running).toHaveLength(9);
      for (const channel of channels) channel.endInput();
      await Promise.all(channels.map(({ ended }) => ended));
    }, KEPT);
  });

  test('is given back once, however often that is said', async () => {
    await withTransport(async (transport) => {
      const [one, two] = await places(transport, 2, fleet.target(host));
      one?.release();
      one?.release();
      expect(two?.isShared).toBe(false);
      await expect(run(two ?? raise(), 'echo mine')).resolves.toMatchObject({ output: 'mine\n' });
      await expect(failureOf(one?.exec('true', heard()) ?? raise())).resolves.toMatchObject({
        code: 'channel-refused',
        mayHaveRun: false,
      });
    });
  });

  test('ends without cutting the others’ commands, also where a command is left behind on it', async () => {
    await withTransport(async (transport) => {
      const target = fleet.target(host);
      const [one, two, three] = await places(transport, 3, target);
      const left = await one?.exec('read line', heard());
      const kept = await two?.exec('read line', heard());
      one?.release();
      await expect(left?.ended).resolves.toEqual({ kind: 'closed' });
      // What was left behind may still run there: nobody new is to share that connection.
      expect(transport.take(request(target, fleet.access()))).toBeNull();
      three?.destroy();
      kept?.endInput();
      await expect(kept?.ended).resolves.toMatchObject({ kind: 'exit' });
      two?.release();
      expect(transport.openConnections).toBe(0);
    }, KEPT);
  });

  test('is not to be had where the server left a request without an answer', async () => {
    const mute = await started(neverAnswersExec(fleet.spare(1)));
    const clock = hurriedClock();
    await withTransport(
      async (transport) => {
        const target = fleet.target(mute.address, { port: mute.port });
        const [one, two] = await places(transport, 2, target);
        clock.hurry(10);
        await expect(failureOf(one?.exec('true', heard()) ?? raise())).resolves.toMatchObject({
          code: 'lost',
        });
        expect(transport.openConnections).toBe(1);
        expect(transport.take(request(target, fleet.access()))).toBeNull();
        one?.release();
        two?.release();
        expect(transport.openConnections).toBe(0);
      },
      { ...KEPT, clock, keepalive: { intervalMs: 0, count: 3 } },
    );
  });

  test('is had after each other’s at full speed, without a refusal', async () => {
    await withTransport(async (transport) => {
      const held = await places(transport, 9, fleet.target(host));
      await Promise.all(
        held.map(async (one) => {
          for (let n = 0; n < 10; n += 1) {
            await expect(run(one, 'true')).resolves.toMatchObject({ end: { code: 0 } });
          }
        }),
      );
    });
  });
});

describe('a server that allows fewer sessions', () => {
  test('refuses once, and then gets no more than it allows, with one left for a stop', async () => {
    await withTransport(async (transport) => {
      const target = narrow.target(narrow.addresses(1)[0] ?? '');
      const access = narrow.access();
      await transport.prepare([target], access, true);
      const ask = (): Promise<Connection> => transport.connect(request(target, access));
      const held = await Promise.all(Array.from({ length: 9 }, ask));
      expect(transport.openConnections).toBe(1);
      const tried = await Promise.allSettled(held.map((one) => one.exec('read line', heard())));
      const refused = tried.filter(({ status }) => status === 'rejected');
      expect(refused).toHaveLength(6);
      for (const one of refused) {
        expect(one).toMatchObject({ reason: { failure: { code: 'channel-refused' } } });
      }
      held.forEach((one, index) => {
        if (tried[index]?.status === 'rejected') one.release();
      });
      expect(transport.take(request(target, access))).toBeNull();
      const others = await Promise.all(Array.from({ length: 6 }, ask));
      expect(transport.openConnections).toBe(4);
      const ends = await Promise.all(others.map((one) => run(one, 'echo ran')));
      expect(ends.map(({ output }) => output)).toEqual(Array<string>(6).fill('ran\n'));
      await expect(run(others[0] ?? raise(), 'echo third')).resolves.toMatchObject({
        output: 'third\n',
      });
    }, KEPT);
  });
});

test('a connection whose server dies serves nobody any more, and the next request logs in anew', async () => {
  const logins = await loginsDuring(() =>
    withTransport(async (transport) => {
      const target = fleet.target(other);
      const [one, two] = await places(transport, 2, target);
      const channel = await one?.exec('read line', heard());
      const [pid] = fleet.connectionPids();
      process.kill(pid ?? NOBODY, 'SIGKILL');
      await expect(channel?.ended).resolves.toMatchObject({ kind: 'lost' });
      expect(transport.openConnections).toBe(0);
      expect(transport.take(request(target, fleet.access()))).toBeNull();
      one?.release();
      two?.release();
      const next = await connectTo(transport, target, fleet.access());
      await expect(run(next, 'echo again')).resolves.toMatchObject({ output: 'again\n' });
    }, KEPT),
  );
  expect(logins).toBe(2);
});

function raise(): never {
  throw new Error('this should be there');
}

/** No process has this number: 0 would be this one's own group. */
const NOBODY = 2 ** 30;
