import { describe, expect, test } from 'vitest';
import type { Connection, Transport } from '../../../src/model/ports/transport.ts';
import { fleetForFile } from '../../fleet/for-file.ts';
import { silent } from '../../fixtures/hosts/silent.ts';
import { eventually } from '../../helpers/eventually.ts';
import { connectTo, failureOf, request, run, started, withTransport } from '../connect/reach.ts';
import { manualClock } from './manual-clock.ts';

const fleet = await fleetForFile();
const hosts = fleet.addresses(5);

const KEPT = { keepMs: 60_000 };
const NO_KEEPALIVE = { keepalive: { intervalMs: 0, count: 3 } };
function connect(
  transport: Transport,
  index: number,
  options: Parameters<typeof request>[2] = {},
): Promise<Connection> {
  return connectTo(transport, fleet.target(hosts[index] ?? ''), fleet.access(), options);
}

/** Whether the host has an idle connection, or another place free: it is given back at once. */
function isOpen(transport: Transport, index: number): boolean {
  const place = transport.take(request(fleet.target(hosts[index] ?? ''), fleet.access()));
  place?.release();
  return place !== null;
}

describe('an idle connection is kept', () => {
  test('as long as the one of its holders asked for who asked for most', async () => {
    const clock = manualClock();
    await withTransport(
      async (transport) => {
        const [long, short] = await Promise.all([
          connect(transport, 0, { keepMs: 5_000 }),
          connect(transport, 0, { keepMs: 1_000 }),
        ]);
        clock.pass(60_000);
        long.release();
        clock.pass(60_000);
        expect(transport.openConnections).toBe(1);
        short.release();
        clock.pass(4_999);
        expect(transport.openConnections).toBe(1);
        clock.pass(1);
        expect(transport.openConnections).toBe(0);
      },
      { keepMs: 0, clock, ...NO_KEEPALIVE },
    );
  });

  test('for a time that begins anew with each holder, and by one timer for all', async () => {
    const clock = manualClock();
    await withTransport(
      async (transport) => {
        for (const index of [0, 1, 2]) {
          (await connect(transport, index)).release();
          clock.pass(300);
        }
        expect(clock.pending()).toBe(1);
        expect(isOpen(transport, 0)).toBe(true);
        clock.pass(500);
        expect(transport.openConnections).toBe(2);
        clock.pass(250);
        expect([0, 1, 2].map((index) => isOpen(transport, index))).toEqual([true, false, false]);
        clock.pass(1_000);
        expect(transport.openConnections).toBe(0);
        expect(clock.pending()).toBe(0);
      },
      { keepMs: 1_000, clock, ...NO_KEEPALIVE },
    );
  });

  test('whatever its time where there are no more than the smallest number', async () => {
    const clock = manualClock();
    await withTransport(
      async (transport) => {
        for (const index of [0, 1]) (await connect(transport, index)).release();
        clock.pass(3_600_000);
        expect(transport.openConnections).toBe(2);
        for (const index of [2, 3]) (await connect(transport, index)).release();
        // Those that are overdue go first.
        clock.pass(200);
        expect([0, 1, 2, 3].map((index) => isOpen(transport, index))).toEqual([
          false,
          false,
          true,
          true,
        ]);
        (await connect(transport, 4)).release();
        clock.pass(3_600_000);
        expect(transport.openConnections).toBe(2);
        expect(isOpen(transport, 4)).toBe(true);
      },
      { keepMs: 1_000, clock, pool: { min: 2, max: 100 }, ...NO_KEEPALIVE },
    );
  });
});

describe('where as many are open as may be', () => {
  test('the idle one that waits longest makes room', async () => {
    await withTransport(
      async (transport) => {
        for (const index of [0, 1]) (await connect(transport, index)).release();
        expect(isOpen(transport, 0)).toBe(true);
        const held = await connect(transport, 2);
        expect(transport.openConnections).toBe(2);
        expect([0, 1].map((index) => isOpen(transport, index))).toEqual([true, false]);
        held.release();
      },
      { ...KEPT, pool: { min: 0, max: 2 } },
    );
  });

  test('new ones wait in their order until one is idle, and work under way is never cut', async () => {
    await withTransport(
      async (transport) => {
        const held = await Promise.all([0, 1].map((index) => connect(transport, index)));
        const came: number[] = [];
        const waiting: Promise<Connection>[] = [];
        for (const index of [2, 3, 4]) {
          // Made ready one after the other, so that they come in this order.
          const target = fleet.target(hosts[index] ?? '');
          const access = fleet.access();
          await transport.prepare([target], access, true);
          const coming = transport.connect(request(target, access));
          waiting.push(coming);
          void coming.then(() => came.push(index));
        }
        for (const one of held) {
          await expect(run(one, 'echo on')).resolves.toMatchObject({ output: 'on\n' });
        }
        expect(came).toEqual([]);
        held[0]?.release();
        const second = (await waiting[0]) ?? raise();
        expect(came).toEqual([2]);
        expect(transport.openConnections).toBe(2);
        second.destroy();
        const third = (await waiting[1]) ?? raise();
        expect(came).toEqual([2, 3]);
        third.release();
        (await waiting[2])?.release();
        held[1]?.release();
        expect(transport.openConnections).toBe(2);
      },
      { ...KEPT, pool: { min: 0, max: 2 } },
    );
  });

  test('one that waits is served by a place of its own host, too, and by a login that failed', async () => {
    const place = fleet.spare(0);
    const mute = await started(silent(place));
    await withTransport(
      async (transport) => {
        const nine = await Promise.all(Array.from({ length: 9 }, () => connect(transport, 0)));
        const tenth = connect(transport, 0);
        const other = connect(transport, 1);
        nine[0]?.release();
        await expect(run(await tenth, 'echo tenth')).resolves.toMatchObject({ output: 'tenth\n' });
        expect(transport.openConnections).toBe(1);
        for (const one of [...nine, await tenth]) one.release();
        (await other).release();
        const target = fleet.target(mute.address, { port: mute.port });
        const stuck = failureOf(connectTo(transport, target, fleet.access(), { timeoutMs: 200 }));
        await eventually(() => mute.open() === 1);
        const next = connect(transport, 2);
        await expect(stuck).resolves.toMatchObject({ code: 'banner-timeout' });
        (await next).release();
      },
      { ...KEPT, pool: { min: 0, max: 1 } },
    );
  });

  test('the wait can be given up, does not count as time to connect, and ends when the transport is closed', async () => {
    const clock = manualClock();
    await withTransport(
      async (transport) => {
        const held = await connect(transport, 0);
        const abort = new AbortController();
        const given = connect(transport, 1, { signal: abort.signal });
        const patient = connect(transport, 2, { timeoutMs: 1_000 });
        await eventually(() => transport.openConnections === 1);
        abort.abort(new Error('given up'));
        await expect(given).rejects.toThrow('given up');
        clock.pass(30_000);
        held.release();
        const other = await patient;
        expect(transport.openConnections).toBe(1);
        const last = connect(transport, 3);
        const rejected = expect(last).rejects.toThrow('the transport is closed');
        await transport.close();
        await rejected;
        other.release();
      },
      { ...KEPT, clock, pool: { min: 0, max: 1 } },
    );
    await eventually(() => fleet.connectionPids().length === 0);
  });
});

function raise(): never {
  throw new Error('this should be there');
}
