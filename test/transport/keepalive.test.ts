import { describe, expect, test } from 'vitest';
import { systemClock, type Clock } from '../../src/base/clock.ts';
import type { Link } from '../../src/transport/connect/link.ts';
import { DEFAULT_KEEPALIVE, Keepalive } from '../../src/transport/keepalive.ts';
import { fleetForFile } from '../fleet/for-file.ts';
import { frozenProxy } from '../fixtures/hosts/frozen-proxy.ts';
import { eventually } from '../helpers/eventually.ts';
import { connectTo, heard, matching, run, started, withTransport } from './connect/reach.ts';

const fleet = await fleetForFile({ hosts: 1 });
const [host = ''] = fleet.addresses(1);

describe('a keepalive', () => {
  test('F18 finds a black hole within one interval more than may be missed', async () => {
    const keepalive = { intervalMs: 150, count: 2 };
    const proxy = await started(frozenProxy(fleet.spare(), { address: host, port: fleet.port }));
    await withTransport(
      async (transport) => {
        const connection = await connectTo(transport, fleet.target(proxy.address), fleet.access());
        const listener = heard();
        const channel = await connection.exec('echo hi; read forever', listener);
        await eventually(() => listener.output() === 'hi\n');
        const began = performance.now();
        proxy.freeze();
        await expect(channel.ended).resolves.toEqual({
          kind: 'lost',
          reason: matching('no answer for 0.3 s'),
        });
        expect(performance.now() - began).toBeLessThan(3 * 150 * 1.1 + BUSY_MS);
      },
      { keepalive },
    );
  });

  test('C20: is on where nobody says anything of it: every 15 s, and three may be missed', async () => {
    expect(DEFAULT_KEEPALIVE).toEqual({ intervalMs: 15_000, count: 3 });
    const armed: number[] = [];
    const clock: Clock = {
      ...systemClock,
      after: (ms, task) => {
        armed.push(ms);
        return systemClock.after(ms, task);
      },
    };
    await withTransport(
      async (transport) => {
        (await connectTo(transport, fleet.target(host), fleet.access())).release();
      },
      { clock },
    );
    expect(armed).toContain(DEFAULT_KEEPALIVE.intervalMs);
  });

  test('takes a stall of our own for no silence of the server', async () => {
    await withTransport(
      async (transport) => {
        const connection = await connectTo(transport, fleet.target(host), fleet.access());
        const command = run(connection, 'sleep 0.4; echo up');
        for (let stalls = 0; stalls < 3; stalls += 1) {
          await new Promise((resolve) => setTimeout(resolve, 41));
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
        }
        await expect(command).resolves.toMatchObject({ end: { kind: 'exit' }, output: 'up\n' });
        connection.destroy();
      },
      { keepalive: { intervalMs: 40, count: 1 } },
    );
  });

  test('after it was stopped for longer than all it may miss, asks once more before it gives up', () => {
    const rig = stoppable();
    const keepalive = new Keepalive(rig.clock, rig.link, { intervalMs: 1_000, count: 1 });
    rig.pass(1_000);
    expect([rig.pings(), keepalive.unanswered]).toEqual([1, 1]);
    // The process is stopped for an hour; the answer waits in the socket, and is read after the timer.
    rig.pass(3_600_000);
    expect(rig.errors()).toEqual([]);
    rig.answer();
    rig.pass(1_000);
    expect([rig.pings(), keepalive.unanswered]).toEqual([2, 1]);
    rig.pass(1_000);
    expect(rig.errors()).toEqual(['no answer for 1 s']);
    keepalive.stop();
  });
});

/** A clock of which a test says how late it looks, and a link that counts. */
function stoppable(): {
  readonly clock: Clock;
  readonly link: Link;
  readonly pass: (ms: number) => void;
  readonly answer: () => void;
  readonly pings: () => number;
  readonly errors: () => readonly string[];
} {
  let time = 0;
  let waiting: { at: number; task: () => void }[] = [];
  const errors: string[] = [];
  const socket = { bytesRead: 0 };
  const callbacks: unknown[] = [];
  const client = { _protocol: { ping: () => undefined }, _callbacks: callbacks, _chanMgr: {} };
  const link = { client, socket, fail: (error: Error) => void errors.push(error.message) };
  return {
    clock: {
      now: () => time,
      monotonic: () => time,
      after: (ms, task) => {
        const timer = { at: time + ms, task };
        waiting.push(timer);
        return {
          cancel: () => void (waiting = waiting.filter((one) => one !== timer)),
          unref: () => undefined,
        };
      },
    },
    link: link as unknown as Link,
    pass: (ms) => {
      time += ms;
      const due = waiting.filter(({ at }) => at <= time);
      waiting = waiting.filter(({ at }) => at > time);
      for (const { task } of due) task();
    },
    answer: () => void (socket.bytesRead += 32),
    pings: () => callbacks.length,
    errors: () => errors,
  };
}

/** What a machine that does other things as well adds. */
const BUSY_MS = 250;
