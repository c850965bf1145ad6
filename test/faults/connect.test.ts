import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fullBacklog } from '../fixtures/hosts/full-backlog.ts';
import { said } from '../helpers/run-muster.ts';
import { childOf, expectOnlyBFailed, startAbc, type Abc } from './abc.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

let abc: Abc;
beforeAll(async () => {
  abc = await startAbc();
});
afterAll(() => abc.stop());

describe('faults before there is a connection', () => {
  test.each([
    { fanout: 64, what: 'all at once' },
    { fanout: 1, what: 'one by one, so that the next waits for its slot' },
  ])('F01 connection refused: $what', async ({ fanout }) => {
    const row = await abc.run('echo fine', { flags: ['-f', String(fanout)] });
    expectOnlyBFailed(row, {
      phase: 'connect',
      code: 'refused',
      mayHaveRun: false,
      exit: 4,
      says: [/refused/iu, new RegExp(abc.b.address, 'u'), new RegExp(String(abc.b.port), 'u')],
    });
    expect(row.job.children.map(({ host }) => host)).toEqual([abc.a, abc.b.address, abc.c]);
    expect(row.b).toMatchObject({ attempts: 1, exitCode: null, bytes: { output: 0, error: 0 } });
  });

  test('F02 black hole on connect: fails at the deadline, and gives its slot back then', async () => {
    const host = await fullBacklog(abc.b);
    try {
      const row = await abc.run('echo fine', { flags: ['-t', '2', '-f', '1'] });
      expectOnlyBFailed(row, {
        phase: 'connect',
        code: 'connect-timeout',
        mayHaveRun: false,
        exit: 4,
        says: [/\b2(\.\d)? s/u, /connect/iu],
      });
      expect(row.b.durationMs).toBeGreaterThan(1_800);
      expect(row.b.durationMs).toBeLessThan(2_200);
      // C had to wait for B's slot, and got it at the deadline.
      const waited = Date.parse(row.c.begin ?? '') - Date.parse(row.b.end ?? '');
      expect(waited).toBeLessThan(200);
    } finally {
      await host.stop();
    }
  });

  test('F04 name does not exist', async () => {
    const name = 'no-such-host.invalid';
    const hosts = [abc.a, name, abc.c];
    const result = await abc.start('echo fine', { output: 'json', hosts, flags: ['-f', '1'] })
      .ended;
    const job = result.job();
    const [a, b, c] = hosts.map((host) => childOf(job, host));
    if (a === undefined || b === undefined || c === undefined) throw new Error(said(result));
    expectOnlyBFailed(
      { result, job, a, b, c },
      {
        phase: 'resolve',
        code: 'dns',
        mayHaveRun: false,
        exit: 4,
        says: [/no-such-host\.invalid/u],
      },
    );
  });
});
