import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closesWithoutStatus } from '../fixtures/hosts/closes-without-status.ts';
import { neverAnswersExec } from '../fixtures/hosts/never-answers-exec.ts';
import { rejectsExec } from '../fixtures/hosts/rejects-exec.ts';
import { statusThenOpen } from '../fixtures/hosts/status-then-open.ts';
import { twoStatuses } from '../fixtures/hosts/two-statuses.ts';
import type { SshFixtureHost } from '../fixtures/ssh-host.ts';
import { startFleet, type Place } from '../fleet/sshd.ts';
import { eventually } from '../helpers/eventually.ts';
import { remoteProcesses, signalProcess } from '../helpers/processes.ts';
import { said, type MusterProcess } from '../helpers/run-muster.ts';
import {
  childOf,
  expectOnlyBFailed,
  expectOthersUnaffected,
  onlyOn,
  startAbc,
  type Abc,
} from './abc.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

let abc: Abc;
/** It takes ten seconds, in which the other tests run. */
let unanswered: { readonly host: SshFixtureHost; readonly muster: MusterProcess };
beforeAll(async () => {
  abc = await startAbc();
  const host = await neverAnswersExec(abc.fleet.spare(1));
  const hosts = [abc.a, host.address, abc.c];
  const options = { hosts, output: 'json', flags: ['--retries', '1'], deadlineMs: 50_000 };
  unanswered = { host, muster: abc.start('echo fine', options) };
  await eventually(() => host.commands.length === 1, { deadlineMs: 20_000 });
});
afterAll(async () => {
  await unanswered.host.stop();
  await abc.stop();
});

/** Runs the test with such a host at B's place; afterwards no connection to it is left. */
async function withB(
  start: (place: Place) => Promise<SshFixtureHost>,
  task: (host: SshFixtureHost) => Promise<void>,
): Promise<void> {
  const host = await start(abc.b);
  try {
    await task(host);
    await eventually(() => host.open() === 0, { what: 'the end of the connection to B' });
  } finally {
    await host.stop();
  }
}

test('F15 session limit: the second command on a host gets a connection of its own', async () => {
  const b = await startFleet({ place: abc.b, config: ['MaxSessions 1'] });
  const file = join(b.folder, 'hosts.yaml');
  const { address } = abc.b;
  writeFileSync(file, `hosts: { one: { address: ${address} }, two: { address: ${address} } }\n`);
  try {
    const result = await abc.start(`echo first; sleep 0.5; echo last`, {
      hosts: [abc.a, 'one', 'two', abc.c],
      output: 'json',
      flags: ['-i', file],
    }).ended;
    const job = result.job();
    for (const child of job.children) {
      expect(child, said(result)).toMatchObject({ state: 'Completed', output: 'first\nlast\n' });
    }
    expect([job.state, result.code]).toEqual(['Completed', 0]);
    const log = await b.log();
    expect(log.match(/^Connection from/gmu)).toHaveLength(2);
    expect(log.match(/^Starting session: command/gmu)).toHaveLength(2);
  } finally {
    await b.stop();
  }
});

describe('how a command ends', () => {
  test('F16 exec refused', async () => {
    await withB(rejectsExec, async (host) => {
      const row = await abc.run('echo fine', { flags: ['-f', '1', '--retries', '1'] });
      expectOnlyBFailed(row, {
        phase: 'open',
        code: 'exec-refused',
        mayHaveRun: false,
        exit: 4,
        says: [/let us in|logged in|authenticated/iu, /refused/iu],
      });
      // It was sent, and a command is sent at most once.
      expect(host.commands).toEqual(['echo fine']);
    });
  });

  test('F22 non-zero exit', async () => {
    const there = abc.fleet.addresses(3)[2] ?? '';
    const row = await abc
      .start(onlyOn(there, 'echo out; echo err >&2; exit 7'), {
        hosts: [abc.a, there, abc.c],
        output: 'json',
      })
      .ended.then((result) => ({ result, job: result.job() }));
    const [a, b, c] = row.job.children;
    expect(b).toMatchObject({
      state: 'Failed',
      exitCode: 7,
      signal: null,
      output: 'out\n',
      error: 'err\n',
      failure: { phase: 'run', code: 'exit-code', mayHaveRun: true },
    });
    expect(b?.failure?.message).toMatch(/\b7\b/u);
    expect([a?.state, c?.state, row.job.state]).toEqual(['Completed', 'Completed', 'Failed']);
    expect(row.result.code).toBe(1);
  });

  test('F22 non-zero exit: -S gives the code itself, --ok-codes takes it for success', async () => {
    const hosts = [abc.a, abc.c];
    const command = onlyOn(abc.c, 'exit 7', 'exit 3');
    const largest = await abc.start(command, { hosts, flags: ['-S'] }).ended;
    expect(largest.code).toBe(7);
    const fine = await abc.start(command, {
      hosts,
      output: 'json',
      flags: ['--ok-codes', '0,3,7'],
    }).ended;
    expect(fine.job()).toMatchObject({
      state: 'Completed',
      children: [
        { state: 'Completed', exitCode: 3, failure: null },
        { state: 'Completed', exitCode: 7, failure: null },
      ],
    });
    expect(fine.code).toBe(0);
  });

  test('F23 killed by signal', async () => {
    const { ended } = abc.start(onlyOn(abc.c, 'echo before; kill -9 $$'), {
      hosts: [abc.a, abc.c],
      output: 'json',
    });
    const result = await ended;
    const [a, c] = result.job().children;
    expect(c).toMatchObject({
      state: 'Failed',
      exitCode: null,
      signal: 'KILL',
      output: 'before\n',
      failure: { phase: 'run', code: 'signal', mayHaveRun: true },
    });
    expect(c?.failure?.message).toMatch(/KILL/u);
    expect(a).toMatchObject({ state: 'Completed', output: 'fine\n' });
    expect([result.job().state, result.code]).toEqual(['Failed', 1]);
  });

  test('F24 close without status', async () => {
    await withB(closesWithoutStatus, async () => {
      const row = await abc.run('echo fine', { flags: ['-f', '1'] });
      expectOnlyBFailed(row, {
        phase: 'run',
        code: 'no-status',
        mayHaveRun: true,
        exit: 1,
        says: [/status/iu],
      });
      expect(row.b).toMatchObject({ exitCode: null, signal: null, output: 'partial\n' });
    });
  });

  test('F25 status, channel never closes: a background child keeps the output open', async () => {
    const marker = `60.${process.pid}25`;
    const hosts = [abc.a, abc.c];
    try {
      const command = onlyOn(abc.c, `sleep ${marker} & echo hi`);
      const result = await abc.start(command, { hosts, output: 'json' }).ended;
      const [a, c] = result.job().children;
      expect(c).toMatchObject({ state: 'Completed', exitCode: 0, output: 'hi\n', failure: null });
      expect(c?.statusMessage).toMatch(/output .*open/iu);
      expect(c?.statusMessage).toMatch(/\b2 s/u);
      expect(c?.durationMs).toBeGreaterThan(1_900);
      expect(c?.durationMs).toBeLessThan(4_500);
      expect(a).toMatchObject({ state: 'Completed', statusMessage: null });
      expect(a?.durationMs).toBeLessThan(1_900);
      expect([result.job().state, result.code]).toEqual(['Completed', 0]);
      // It ended by itself, so its background child is left alone.
      expect(remoteProcesses(marker)).not.toEqual([]);
    } finally {
      for (const { pid } of remoteProcesses(marker)) signalProcess(pid, 'SIGKILL');
    }
  });

  test('F25 status, channel never closes: the server leaves it open', async () => {
    await withB(statusThenOpen, async () => {
      const row = await abc.run('echo fine');
      expect(row.b).toMatchObject({ state: 'Completed', exitCode: 0, output: 'hi\n' });
      expect(row.b.statusMessage).toMatch(/output .*open/iu);
      expectOthersUnaffected(row);
      expect([row.job.state, row.result.code]).toEqual(['Completed', 0]);
    });
  });

  test('F24 two statuses: the first counts', async () => {
    await withB(twoStatuses, async () => {
      const row = await abc.run('echo fine');
      expectOnlyBFailed(row, {
        phase: 'run',
        code: 'exit-code',
        mayHaveRun: true,
        exit: 1,
        says: [/\b3\b/u],
      });
      expect(row.b).toMatchObject({ exitCode: 3, output: 'between\n' });
    });
  });

  test('F16 exec never answered: given up after ten seconds, and nobody knows whether it ran', async () => {
    const { host, muster } = unanswered;
    const result = await muster.ended;
    const job = result.job();
    const [a, c] = [childOf(job, abc.a), childOf(job, abc.c)];
    const row = { result, job, a, b: childOf(job, host.address), c };
    expectOnlyBFailed(row, {
      phase: 'run',
      code: 'lost',
      mayHaveRun: true,
      exit: 1,
      says: [/no reply/u, /\b10 s/u],
    });
    expect(row.b.durationMs).toBeGreaterThan(9_500);
    expect(row.b.durationMs).toBeLessThan(12_000);
    expect(host.commands).toEqual(['echo fine']);
    await eventually(() => host.open() === 0, { what: 'the end of the connection to it' });
  });
});
