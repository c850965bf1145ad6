import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toxicProxy, type ToxicProxy } from '../fixtures/toxic-proxy.ts';
import { sshdPath } from '../fleet/sshd-config.ts';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { bytesFrom, endOf, eventsOf, hasSaid } from '../helpers/events.ts';
import { eventually } from '../helpers/eventually.ts';
import type { ChildJson } from '../helpers/job-json.ts';
import { descendantsOf, signalProcess } from '../helpers/processes.ts';
import { said, type MusterProcess, type MusterResult } from '../helpers/run-muster.ts';
import { childOf, startAbc, type Abc } from './abc.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

let abc: Abc;
let proxy: ToxicProxy;
let gate: string;
let count = 0;
beforeAll(async () => {
  abc = await startAbc();
});
afterAll(() => abc.stop());
beforeEach(() => {
  gate = join(abc.fleet.folder, `gate-${(count += 1)}`);
});

/** Speaks, waits for the gate, speaks again and ends with 7. */
const command = (): string =>
  `echo before; until [ -e ${gate} ]; do sleep 0.05; done; echo after; echo oops >&2; exit 7`;
const INTERVAL_S = 1;
const COUNT = 1;
/** One loss of contact is known within this. */
const BUDGET_MS = INTERVAL_S * 1000 * (COUNT + 1) * 1.1;
const KEEPALIVE = [`-oServerAliveInterval=${INTERVAL_S}`, `-oServerAliveCountMax=${COUNT}`];

async function begun(durable: boolean): Promise<MusterProcess> {
  const flags = [...KEEPALIVE, ...(durable ? ['--durable'] : [])];
  const muster = abc.start(command(), { flags, hosts: [abc.b.address], deadlineMs: 60_000 });
  await hasSaid(muster, abc.b.address, 'before');
  return muster;
}

function lost(muster: MusterProcess): Promise<string> {
  return muster.line('stdout', /"to":"Disconnected"/u);
}

/** It came back, and is as if nothing had been. */
async function expectWhole(muster: MusterProcess): Promise<void> {
  writeFileSync(gate, '');
  const result = await muster.ended;
  expect(expectAll(result).attempts).toBeGreaterThan(1);
  const b = abc.b.address;
  const states = eventsOf(result).filter(({ host, to }) => host === b && to !== undefined);
  expect(states.map(({ to }) => to)).toEqual(
    expect.arrayContaining(['Disconnected', 'Running', 'Failed']),
  );
}

/** Nothing is missing of what it said, nor of how it ended. */
function expectAll(result: MusterResult): ChildJson {
  const child = onlyChild(result);
  expect(child, said(result)).toMatchObject({ state: 'Failed', exitCode: 7 });
  const b = abc.b.address;
  expect(bytesFrom(result, b).toString()).toBe('before\nafter\n');
  expect(bytesFrom(result, b, 'error').toString()).toBe('oops\n');
  return child;
}

function onlyChild(result: MusterResult): ChildJson {
  return childOf(endOf(result), abc.b.address);
}

describe('a way that is cut', () => {
  beforeEach(async () => {
    const [, , behind = ''] = abc.fleet.addresses(3);
    proxy = await toxicProxy(abc.b, { address: behind, port: abc.fleet.port });
  });
  afterEach(() => proxy.stop());

  test('F17 reset mid-command: a durable one comes back', async () => {
    const muster = await begun(true);
    proxy.refuse(true);
    proxy.reset();
    await lost(muster);
    proxy.refuse(false);
    await expectWhole(muster);
  });

  test('F18 black hole mid-command: a durable one is Disconnected within the budget, and comes back', async () => {
    const muster = await begun(true);
    proxy.poison({ blackHole: true });
    const from = performance.now();
    await lost(muster);
    expect(performance.now() - from).toBeLessThan(BUDGET_MS + LOADED_MS);
    // What was in flight is lost; the way is there again.
    proxy.heal();
    await expectWhole(muster);
  });

  test('a stall of our own is no loss: stopped for longer than the budget, and going on', async () => {
    const muster = await begun(false);
    signalProcess(muster.pid, 'SIGSTOP');
    const until = performance.now() + BUDGET_MS + 500;
    await eventually(() => performance.now() > until, { deadlineMs: 10_000 });
    signalProcess(muster.pid, 'SIGCONT');
    writeFileSync(gate, '');
    expect(expectAll(await muster.ended).attempts).toBe(1);
  });

  test('a slow way in small pieces changes nothing', async () => {
    proxy.poison({ latencyMs: 10, jitterMs: 5, slicer: { bytes: 700, delayMs: 1 } });
    const muster = await begun(true);
    proxy.reset();
    await lost(muster);
    await expectWhole(muster);
  });
});

describe('a server that is ended', () => {
  let b: Fleet;
  beforeEach(async () => {
    b = await startFleet({ place: abc.b });
  });
  afterEach(() => b.stop());

  const servers = (): readonly number[] =>
    [b.pid, ...b.connectionPids()]
      .flatMap((pid) => descendantsOf(pid))
      .filter(({ args }) => args[0]?.startsWith('sshd') === true)
      .map(({ pid }) => pid);

  /** The same server, with the same home for its users. */
  const startAgain = (): ChildProcess => {
    const config = join(b.folder, 'sshd_config.0');
    return spawn(sshdPath() ?? '', ['-D', '-f', config, '-E', join(b.folder, 'sshd.log')], {
      stdio: 'ignore',
    });
  };

  test('F19 server process killed: a durable one comes back', async () => {
    const muster = await begun(true);
    for (const pid of servers()) signalProcess(pid, 'SIGKILL');
    await lost(muster);
    await expectWhole(muster);
  });

  test('F20 listener restarted: what runs goes on', async () => {
    const muster = await begun(false);
    signalProcess(b.pid, 'SIGKILL');
    const again = await startFleet({ place: abc.b });
    try {
      writeFileSync(gate, '');
      expect(expectAll(await muster.ended).attempts).toBe(1);
    } finally {
      await again.stop();
    }
  });

  test('F20 listener restarted with all its connections: a durable one comes back', async () => {
    const muster = await begun(true);
    const gone = servers();
    signalProcess(b.pid, 'SIGKILL');
    for (const pid of gone) signalProcess(pid, 'SIGKILL');
    await lost(muster);
    const again = startAgain();
    try {
      await expectWhole(muster);
    } finally {
      for (const { pid } of descendantsOf(again.pid ?? 0)) signalProcess(pid, 'SIGKILL');
      again.kill('SIGKILL');
      await once(again, 'close');
    }
  });

  test('F21 server frozen: a durable one is Disconnected within the budget, and comes back', async () => {
    const muster = await begun(true);
    const frozen = servers();
    for (const pid of frozen) signalProcess(pid, 'SIGSTOP');
    try {
      const from = performance.now();
      await lost(muster);
      expect(performance.now() - from).toBeLessThan(BUDGET_MS + LOADED_MS);
      await expectWhole(muster);
    } finally {
      for (const pid of frozen) signalProcess(pid, 'SIGKILL');
    }
  });
});

/** What a machine that does other things as well may add. */
const LOADED_MS = 2_000;
