import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { Access } from '../../../src/model/access.ts';
import type { Connection, Transport } from '../../../src/model/ports/transport.ts';
import { localTarget, type Target } from '../../../src/model/target.ts';
import { createTransport } from '../../../src/transport/transport.ts';
import { fleetForFile } from '../../fleet/for-file.ts';
import { eventually } from '../../helpers/eventually.ts';
import { countingClock } from '../connect/counting-clock.ts';
import { connectTo, heard, notes, request, run, withTransport } from '../connect/reach.ts';

const fleet = await fleetForFile();
const [host = '', elsewhere = ''] = fleet.addresses(2);

const KEPT = { keepMs: 60_000 };

async function idle(transport: Transport, access: Access = fleet.access()): Promise<Connection> {
  const connection = await connectTo(transport, fleet.target(host), access);
  connection.release();
  return connection;
}

function take(transport: Transport, target: Target, access: Access): Connection | null {
  return transport.take(request(target, access));
}

describe('an idle connection', () => {
  test('serves the next request, without another login, under the next holder’s name', async () => {
    const before = (await fleet.log()).length;
    await withTransport(async (transport) => {
      await idle(transport);
      expect(transport.openConnections).toBe(1);
      const told = notes();
      const target = fleet.target(host, { name: 'alias' });
      const second = transport.take(request(target, fleet.access(), { notes: told }));
      expect(transport.openConnections).toBe(1);
      expect(second?.target.name).toBe('alias');
      if (second === null) return;
      await expect(run(second, 'echo again')).resolves.toMatchObject({ output: 'again\n' });
      expect(told.phases.map(({ phase }) => phase)).toEqual(['open']);
      second.release();
    }, KEPT);
    expect((await fleet.log()).slice(before).match(/Accepted publickey/gu)).toHaveLength(1);
  });

  test.each<[string, Partial<Target>, Partial<Access>]>([
    ['another address', { address: '127.9.9.9' }, {}],
    ['another port', { port: 1 }, {}],
    ['another user', { user: 'somebody' }, {}],
    ['other keys', { identities: ['/other'] }, {}],
    ['other keys of the job', {}, { identities: ['/other'] }],
    ['other default keys', {}, { defaultIdentities: ['/other'] }],
    ['an agent', {}, { agent: '/agent' }],
    ['strict rules', {}, { hostKeys: 'strict' }],
    ['stricter rules', {}, { hostKeys: 'accept-new' }],
    ['a jump host', { jump: [localTarget('gate')] }, {}],
    ['another file to write new keys to', {}, { knownHostsWrite: '/other' }],
    ['other known hosts', {}, { knownHosts: [] }],
  ])('never serves a request with %s', async (_what, target, access) => {
    await withTransport(async (transport) => {
      const loose = fleet.access({ hostKeys: 'off' });
      await idle(transport, loose);
      expect(take(transport, fleet.target(host, target), { ...loose, ...access })).toBeNull();
      expect(take(transport, fleet.target(host), loose)).not.toBeNull();
    }, KEPT);
  });

  test('is dropped when its server goes away, and its timers with it', async () => {
    const clock = countingClock();
    await withTransport(
      async (transport) => {
        await idle(transport);
        expect(clock.pending()).toBe(2);
        const [pid] = fleet.connectionPids();
        process.kill(pid ?? NOBODY, 'SIGKILL');
        await eventually(() => transport.openConnections === 0);
        expect(clock.pending()).toBe(0);
        expect(take(transport, fleet.target(host), fleet.access())).toBeNull();
      },
      { ...KEPT, clock },
    );
  });

  test('is ended after its time, or at once where none are kept', async () => {
    await withTransport(
      async (transport) => {
        await idle(transport);
        expect(transport.openConnections).toBe(1);
        await eventually(() => transport.openConnections === 0);
      },
      { keepMs: 30 },
    );
    await withTransport(async (transport) => {
      await idle(transport);
      expect(transport.openConnections).toBe(0);
      await eventually(() => fleet.connectionPids().length === 0);
    });
  });

  test('is not made of one on which a command still runs', async () => {
    await withTransport(async (transport) => {
      const connection = await connectTo(transport, fleet.target(host), fleet.access());
      const channel = await connection.exec('read line', heard());
      connection.release();
      expect(transport.openConnections).toBe(0);
      expect(take(transport, fleet.target(host), fleet.access())).toBeNull();
      await expect(channel.ended).resolves.toMatchObject({ kind: 'closed' });
    }, KEPT);
  });

  test('keeps nothing of the request that made it, nor of a holder before', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    await withTransport(async (transport) => {
      const access = fleet.access();
      await transport.prepare([fleet.target(host)], access, true);
      const made = async (): Promise<WeakRef<object>> => {
        const asked = request(fleet.target(host), access);
        const connection = await transport.connect(asked);
        await run(connection, 'true');
        connection.release();
        return new WeakRef(asked.observer);
      };
      const observer = await made();
      await eventually(() => {
        collect();
        return observer.deref() === undefined;
      });
      expect(transport.openConnections).toBe(1);
    }, KEPT);
  });

  test('does not keep the process alive', async () => {
    const active = (): number =>
      process.getActiveResourcesInfo().filter((kind) => /TCP|Timeout/u.test(kind)).length;
    await eventually(() => active() === 0);
    await withTransport(async (transport) => {
      await idle(transport);
      await eventually(() => active() === 0);
      const held = take(transport, fleet.target(host), fleet.access());
      expect(active()).toBe(1);
      held?.release();
      expect(active()).toBe(0);
    }, KEPT);
  });
});

describe('a transport that is closed', () => {
  test('leaves no connection: neither idle nor held, nor any timer', async () => {
    const before = process.getActiveResourcesInfo().length;
    const clock = countingClock();
    const transport = createTransport({ clock, ...KEPT });
    await idle(transport);
    const held = await connectTo(transport, fleet.target(host), fleet.access());
    const other = await connectTo(transport, fleet.target(elsewhere), fleet.access());
    const channel = await other.exec('read line', heard());
    await transport.close();
    expect(transport.openConnections).toBe(0);
    await expect(channel.ended).resolves.toEqual({ kind: 'closed' });
    held.release();
    expect(clock.pending()).toBe(0);
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
    await eventually(() => fleet.connectionPids().length === 0);
  });
});

/** No process has this number: 0 would be this one's own group. */
const NOBODY = 2 ** 30;
