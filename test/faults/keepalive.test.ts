import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { frozenProxy } from '../fixtures/hosts/frozen-proxy.ts';
import { startFleet } from '../fleet/sshd.ts';
import { bytesFrom, endOf, hasSaid } from '../helpers/events.ts';
import { descendantsOf, remoteProcesses, signalProcess } from '../helpers/processes.ts';
import { childOf, expectSafeLine, onlyOn, startAbc, type Abc } from './abc.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

let abc: Abc;
beforeAll(async () => {
  abc = await startAbc();
});
afterAll(() => abc.stop());

/** An answer may be missed once, a second after the question: lost within two seconds. */
const ALERT = ['-o', 'ServerAliveInterval=1', '-o', 'ServerAliveCountMax=1'];
const BUDGET_MS = 2 * 1000 * 1.1;
const MARKER = `60.${process.pid}18`;
/** What a machine that does other things as well adds. */
const BUSY_MS = 500;

/** B speaks, goes silent, and is found out in time; A and C are done. */
async function expectFoundOut(address: string, silence: () => void): Promise<void> {
  const host = abc.b.address;
  const waits = `echo before; exec sleep ${MARKER}`;
  const muster = abc.start(onlyOn(address, waits), { flags: ALERT });
  await hasSaid(muster, host, 'before');
  const began = performance.now();
  silence();
  const result = await muster.ended;
  expect(performance.now() - began).toBeLessThan(BUDGET_MS + BUSY_MS);
  const job = endOf(result);
  const b = childOf(job, host);
  expect(b).toMatchObject({
    state: 'Failed',
    attempts: 1,
    failure: { phase: 'run', code: 'lost', mayHaveRun: true },
  });
  expect(b.failure?.message).toMatch(/lost after .*no answer for 1 s/u);
  expectSafeLine(b.failure?.message ?? '');
  expect(bytesFrom(result, host).toString()).toBe('before\n');
  for (const other of [abc.a, abc.c]) {
    expect(childOf(job, other)).toMatchObject({ state: 'Completed', exitCode: 0 });
    expect(bytesFrom(result, other).toString()).toBe('fine\n');
  }
  expect([job.state, result.code]).toEqual(['Failed', 1]);
}

function end(): void {
  for (const { pid } of remoteProcesses(MARKER)) signalProcess(pid, 'SIGKILL');
}

describe('a host falls silent while its command runs', () => {
  test('F18 black hole mid-command', async () => {
    const [, , behind = ''] = abc.fleet.addresses(3);
    const proxy = await frozenProxy(abc.b, { address: behind, port: abc.fleet.port });
    try {
      await expectFoundOut(behind, () => proxy.freeze());
    } finally {
      end();
      await proxy.stop();
    }
  });

  test('F21 server frozen', async () => {
    const b = await startFleet({ place: abc.b });
    const servers = (): readonly number[] => {
      const sessions = b.connectionPids();
      return [...sessions, ...sessions.flatMap(descendantsOf).map(({ pid }) => pid)];
    };
    try {
      await expectFoundOut(abc.b.address, () => {
        for (const pid of servers()) signalProcess(pid, 'SIGSTOP');
      });
    } finally {
      for (const pid of servers()) signalProcess(pid, 'SIGCONT');
      end();
      await b.stop();
    }
  });
});
