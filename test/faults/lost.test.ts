import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resetProxy } from '../fixtures/hosts/reset-proxy.ts';
import { startFleet } from '../fleet/sshd.ts';
import { bytesFrom, endOf, hasSaid } from '../helpers/events.ts';
import { eventually } from '../helpers/eventually.ts';
import { descendantsOf, remoteProcesses, signalProcess } from '../helpers/processes.ts';
import type { MusterResult } from '../helpers/run-muster.ts';
import { childOf, expectSafeLine, onlyOn, startAbc, type Abc } from './abc.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

let abc: Abc;
beforeAll(async () => {
  abc = await startAbc();
});
afterAll(() => abc.stop());

/** B spoke, was lost, and may still be at it; A and C are done. */
function expectBLost(result: MusterResult, spoken: string): void {
  const job = endOf(result);
  const [a, b, c] = [abc.a, abc.b.address, abc.c].map((host) => childOf(job, host));
  expect(b).toMatchObject({
    state: 'Failed',
    exitCode: null,
    signal: null,
    attempts: 1,
    failure: { phase: 'run', code: 'lost', mayHaveRun: true },
    bytes: { output: spoken.length, error: 0 },
  });
  expect(b?.failure?.message).toMatch(/lost/iu);
  expect(b?.failure?.message).toMatch(/\d s\b/u);
  expect(b?.failure?.message).toMatch(new RegExp(`\\b${spoken.length} bytes`, 'u'));
  expect(b?.failure?.message).toMatch(/may still/iu);
  expectSafeLine(b?.failure?.message ?? '');
  expect(bytesFrom(result, abc.b.address).toString()).toBe(spoken);
  for (const child of [a, c]) expect(child).toMatchObject({ state: 'Completed', exitCode: 0 });
  expect(bytesFrom(result, abc.a).toString()).toBe('fine\n');
  expect([job.state, result.code]).toEqual(['Failed', 1]);
}

describe('contact is lost while the command runs', () => {
  test('F17 reset mid-command', async () => {
    const behind = abc.fleet.addresses(3)[2] ?? '';
    const proxy = await resetProxy(abc.b, { address: behind, port: abc.fleet.port });
    const marker = `60.${process.pid}17`;
    try {
      const muster = abc.start(onlyOn(behind, `echo before; exec sleep ${marker}`), {
        flags: ['--retries', '3'],
      });
      await hasSaid(muster, abc.b.address, 'before');
      proxy.reset();
      expectBLost(await muster.ended, 'before\n');
      // Sent at most once: nothing was tried again.
      expect(proxy.connections()).toBe(1);
    } finally {
      for (const { pid } of remoteProcesses(marker)) signalProcess(pid, 'SIGKILL');
      await proxy.stop();
    }
  });

  test('F19 server process killed: no error is reported, and it is no success', async () => {
    const b = await startFleet({ place: abc.b });
    const marker = `60.${process.pid}19`;
    try {
      const muster = abc.start(onlyOn(abc.b.address, `echo before; exec sleep ${marker}`));
      await hasSaid(muster, abc.b.address, 'before');
      const servers = [b.pid, ...b.connectionPids()]
        .flatMap((pid) => descendantsOf(pid))
        .filter(({ args }) => args[0]?.startsWith('sshd') === true);
      expect(servers).not.toEqual([]);
      for (const { pid } of servers) signalProcess(pid, 'SIGKILL');
      expectBLost(await muster.ended, 'before\n');
      await eventually(() => b.connectionPids().length === 0);
    } finally {
      for (const { pid } of remoteProcesses(marker)) signalProcess(pid, 'SIGKILL');
      await b.stop();
    }
  });
});
