import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  checkSpec,
  ConfigError,
  Controller,
  type ChildView,
  type Target,
} from '../../src/index.ts';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { fullBacklog, type FullBacklog } from '../fixtures/hosts/full-backlog.ts';
import { signalProcess } from '../helpers/processes.ts';
import { said } from './support.ts';

let fleet: Fleet;
let controller: Controller;
let up: Target;
beforeAll(async () => {
  fleet = await startFleet();
  controller = new Controller({ access: fleet.access() });
  up = fleet.target(fleet.addresses(1)[0] ?? '');
});
afterAll(async () => {
  await controller.dispose();
  await fleet.stop();
});

describe('hosts that cannot be reached', () => {
  test('case 100: of one that is open and two that are not, one result, and two reasons', async () => {
    const job = await controller.start({
      hosts: [
        up,
        fleet.target(fleet.spare().address),
        fleet.target(fleet.addresses(2)[1] ?? '', { user: 'nobody' }),
      ],
      command: 'echo result',
    });
    const view = await job.wait();
    expect(view).toMatchObject({ state: 'Failed', counts: { completed: 1, failed: 2 } });
    expect(view.children.map(({ failure }) => failure?.code ?? null)).toEqual([
      null,
      'refused',
      'auth-denied',
    ]);
    expect(await said(job.receive())).toBe('result\n');
  });

  test('case 104: a name that is nobody’s fails soon, and says so', async () => {
    const job = await controller.start({ hosts: 'no-such-host.invalid', command: 'true' });
    const [child] = (await job.wait()).children;
    expect(child?.failure).toMatchObject({ phase: 'resolve', code: 'dns', mayHaveRun: false });
    expect(child?.failure?.message).toContain('no-such-host.invalid');
    expect(child?.durationMs).toBeLessThan(9_000);
  });

  test('case 110: a server that is busy with others is given up within the time to connect', async () => {
    const other = fleet.target(fleet.addresses(3)[2] ?? '');
    signalProcess(fleet.pid, 'SIGSTOP');
    try {
      const job = await controller.start({
        hosts: [other],
        command: 'true',
        connectTimeoutMs: 400,
      });
      const [child] = (await job.wait()).children;
      expect(child?.failure).toMatchObject({ phase: 'handshake', code: 'banner-timeout' });
      expect(child?.durationMs).toBeGreaterThanOrEqual(390);
      expect(child?.durationMs).toBeLessThan(3_000);
    } finally {
      signalProcess(fleet.pid, 'SIGCONT');
    }
  });
});

describe('what is refused before any host is touched, and makes no job:', () => {
  const INVENTORIES: readonly (readonly [what: string, text: string])[] = [
    ['an empty key', 'hosts:\n  db1: { "": x }\n'],
    ['an empty value', 'hosts:\n  db1: { address: "" }\n'],
    ['an unknown key', 'hosts:\n  db1: { adress: 127.0.0.1 }\n'],
    ['a host without a name', 'hosts:\n  "": { address: 127.0.0.1 }\n'],
    ['a host that is there twice', 'hosts:\n  db1: { port: 1 }\n  db1: { port: 2 }\n'],
    ['a key file that is there twice', 'hosts:\n  db1: { identity: a, identity: b }\n'],
  ];
  test.each(INVENTORIES)('case 105: an inventory with %s', async (_, text) => {
    const inventory = join(fleet.folder, 'hosts.yaml');
    writeFileSync(inventory, text, { mode: 0o600 });
    const hosts = fleet.addresses(1);
    await refused(controller.start({ hosts, inventory, command: 'true' }), `${inventory}:`);
  });

  test('case 107: a key file that is not there', async () => {
    const identities = [join(fleet.folder, 'no such key')];
    const started = controller.start({
      hosts: fleet.addresses(1),
      access: { identities },
      command: 'true',
    });
    await refused(started, identities[0] ?? '');
  });

  test.each([99_999, 0, -1, 1.5, Number.NaN])('case 108: port %d', async (port) => {
    await refused(controller.start({ hosts: fleet.addresses(1), port, command: 'true' }), 'port');
  });

  test('case 108: a host without a name', async () => {
    await refused(controller.start({ hosts: [''], command: 'true' }), 'names no host');
  });

  test.each([
    ['fanout', 0],
    ['fanout', 1.5],
    ['retries', -1],
    ['connectTimeoutMs', -1],
    ['timeoutMs', Number.NaN],
    ['graceMs', Number.POSITIVE_INFINITY],
  ])('a %s of %d', async (name, value) => {
    const request = { hosts: fleet.addresses(1), command: 'true', [name]: value };
    await refused(controller.start(request), String(value));
  });

  test.each([
    ['count', 0],
    ['count', -1],
    ['intervalMs', -1],
  ])('case 117: a check with a %s of %d', async (name, value) => {
    const work = checkSpec('tcp', { [name]: value });
    await refused(controller.start({ hosts: [up], work }), 'check');
  });

  async function refused(started: Promise<unknown>, what: string): Promise<void> {
    const before = (await controller.jobs()).length;
    const error: unknown = await started.catch((reason: unknown) => reason);
    if (!(error instanceof ConfigError)) throw new Error('it is not refused', { cause: error });
    expect(error.message).toContain(what);
    expect(await controller.jobs()).toHaveLength(before);
  }
});

describe('check', () => {
  test('case 113: of a host that is there has every probe, with the time of every step', async () => {
    const child = await check(up, { count: 4, intervalMs: 20 });
    expect(child).toMatchObject({
      state: 'Completed',
      host: up.name,
      data: { check: { online: true, reached: 'auth', address: up.address } },
    });
    const probes = probesOf(child);
    expect(probes).toHaveLength(4);
    const times = ['resolveMs', 'tcpMs', 'sshMs', 'authMs'];
    for (const probe of probes) {
      expect(Object.keys(probe)).toEqual([...times, 'failure']);
      const kinds = Object.values(probe).map((value) => (value === null ? null : typeof value));
      expect(kinds).toEqual([...times.map(() => 'number'), null]);
    }
  });

  test.each([1, 2])('case 114: a count of %d makes so many probes', async (count) => {
    expect(probesOf(await check(up, { count, intervalMs: 0 }))).toHaveLength(count);
  });

  test('case 116: of a name that is nobody’s fails, and says why', async () => {
    const child = await check(fleet.target('gone', { address: 'gone.invalid' }));
    expect(child).toMatchObject({
      state: 'Failed',
      failure: { phase: 'resolve', code: 'dns' },
      data: { check: { online: false, reached: null, address: null } },
    });
  });

  describe('of a host that swallows what is sent to it', () => {
    let hole: FullBacklog;
    let target: Target;
    beforeAll(async () => {
      hole = await fullBacklog(fleet.spare(1));
      target = fleet.target(hole.address);
    });
    afterAll(() => hole.stop());

    test('case 118: takes as long as it is given, and not longer', async () => {
      const [short, long] = [
        await check(target, { connectTimeoutMs: 200 }),
        await check(target, { connectTimeoutMs: 1_500 }),
      ];
      expect(short.durationMs).toBeLessThan(1_200);
      expect(long.durationMs).toBeGreaterThanOrEqual(1_490);
      expect([short.failure?.code, long.failure?.code]).toEqual(Array(2).fill('connect-timeout'));
    });

    test('case 119: until tcp is false; of a port on which something listens, true', async () => {
      const closed = await check(target, { until: 'tcp', connectTimeoutMs: 200 });
      expect(closed).toMatchObject({ state: 'Failed', data: { check: { online: false } } });
      const open = await check(up, { until: 'tcp' });
      expect(open).toMatchObject({ state: 'Completed', data: { check: { online: true } } });
    });
  });
});

interface CheckRequest {
  readonly until?: 'tcp' | 'auth';
  readonly count?: number;
  readonly intervalMs?: number;
  readonly connectTimeoutMs?: number;
}

async function check(target: Target, request: CheckRequest = {}): Promise<ChildView> {
  const { until = 'auth', connectTimeoutMs = 10_000, ...options } = request;
  const work = checkSpec(until, options);
  const job = await controller.start({ hosts: [target], work, connectTimeoutMs });
  const [child] = (await job.wait()).children;
  if (child === undefined) throw new Error('the check has no child');
  return child;
}

function probesOf({ data }: ChildView): readonly object[] {
  const found: unknown = data['check'];
  if (typeof found !== 'object' || found === null || !('probes' in found)) return [];
  return Array.isArray(found.probes) ? found.probes.filter(isObject) : [];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
