import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { shedsLoad } from '../fixtures/hosts/sheds-load.ts';
import { eventually } from '../helpers/eventually.ts';
import { expectOnlyBFailed, expectOthersUnaffected, startAbc, type Abc } from './abc.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

let abc: Abc;
beforeAll(async () => {
  abc = await startAbc();
});
afterAll(() => abc.stop());

describe('F10 target sheds load', () => {
  let busy: Fleet;
  let holder: Socket;
  beforeEach(async () => {
    busy = await startFleet({ place: abc.b, config: ['MaxStartups 1:100:1', 'LoginGraceTime 60'] });
    holder = connect(abc.b.port, abc.b.address);
    holder.on('error', () => undefined);
    // sshd counts it from its greeting on.
    await once(holder, 'data');
  });
  afterEach(async () => {
    holder.destroy();
    await busy.stop();
  });

  const timesShed = async (): Promise<number> =>
    (await busy.log()).match(/drop connection|beginning MaxStartups|past MaxStartups/giu)?.length ??
    0;

  test('F10 the login is tried again, and succeeds when there is room', async () => {
    const running = abc.run('echo fine', { flags: ['-t', '15'] });
    await eventually(async () => (await timesShed()) > 0);
    holder.destroy();
    const row = await running;
    expect(row.b).toMatchObject({ state: 'Completed', output: 'fine\n', failure: null });
    expect(row.b.attempts).toBeGreaterThan(1);
    expectOthersUnaffected(row);
    expect([row.job.state, row.result.code]).toEqual(['Completed', 0]);
  });

  test('F10 the login fails when the connect time is over, in the server’s own words', async () => {
    const row = await abc.run('echo fine', { flags: ['-t', '3'] });
    expectOnlyBFailed(row, {
      phase: 'handshake',
      code: 'target-busy',
      mayHaveRun: false,
      exit: 4,
      says: [/MaxStartups/u, new RegExp(`\\b${row.b.attempts} (attempts|tries)`, 'u')],
    });
    expect(row.b.attempts).toBeGreaterThan(1);
    expect(row.b.durationMs).toBeLessThan(4_000);
  });
});

test('F10 the waits between the attempts grow', async () => {
  const host = await shedsLoad(abc.b);
  const times: number[] = [];
  try {
    const running = abc.run('echo fine', { flags: ['-t', '4'] });
    let seen = 0;
    let over = false;
    const ended = running.finally(() => {
      over = true;
    });
    await eventually(
      () => {
        if (host.connections() > seen) {
          seen = host.connections();
          times.push(performance.now());
        }
        return over;
      },
      { deadlineMs: 15_000 },
    );
    const row = await ended;
    expect(row.b.failure?.code).toBe('target-busy');
    expectOthersUnaffected(row);
    expect(row.b.attempts).toBe(host.connections());
    // Few in all, where a fixed short wait would make many; and the last wait is longer than the first.
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(waits.length).toBeGreaterThanOrEqual(2);
    expect(waits.length).toBeLessThan(16);
    expect(waits.slice(1).reduce((most, wait) => Math.max(most, wait))).toBeGreaterThan(
      waits[0] ?? 0,
    );
  } finally {
    await host.stop();
  }
});
