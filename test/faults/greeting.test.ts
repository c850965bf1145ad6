import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import type { FixtureHost } from '../fixtures/fixture-host.ts';
import { closesAfterAccept } from '../fixtures/hosts/closes-after-accept.ts';
import { endlessBanner } from '../fixtures/hosts/endless-banner.ts';
import { http } from '../fixtures/hosts/http.ts';
import { silent } from '../fixtures/hosts/silent.ts';
import { slowGreeting } from '../fixtures/hosts/slow-greeting.ts';
import { said } from '../helpers/run-muster.ts';
import { expectOnlyBFailed, expectOthersUnaffected, startAbc, type Abc } from './abc.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

let abc: Abc;
let host: FixtureHost;
beforeAll(async () => {
  abc = await startAbc();
});
afterEach(async () => {
  // The client has destroyed its socket, whatever the host did.
  try {
    await eventually(() => host.open() === 0, { what: 'the end of the connection to B' });
  } finally {
    await host.stop();
  }
});
afterAll(() => abc.stop());

describe('faults between connection and key exchange', () => {
  test('F05 accepts, says nothing', async () => {
    host = await silent(abc.b);
    const row = await abc.run('echo fine', { flags: ['-t', '1', '-f', '1'] });
    expectOnlyBFailed(row, {
      phase: 'handshake',
      code: 'banner-timeout',
      mayHaveRun: false,
      exit: 4,
      says: [/connected/iu, /no SSH greeting/iu, /\b1(\.\d)? s/u],
    });
    expect(row.b.attempts).toBe(1);
    expect(row.b.durationMs).toBeGreaterThan(900);
    expect(row.b.durationMs).toBeLessThan(1_200);
  });

  test('F06 slow greeting: within the deadline it is a host like any other', async () => {
    host = await slowGreeting(abc.b, { address: abc.a, port: abc.fleet.port }, 20);
    const row = await abc.run('echo fine', { flags: ['-t', '8'] });
    expect(row.b, said(row.result)).toMatchObject({
      state: 'Completed',
      output: 'fine\n',
      attempts: 1,
    });
    expectOthersUnaffected(row);
    expect([row.job.state, row.result.code]).toEqual(['Completed', 0]);
  });

  test('F06 slow greeting: over the deadline it fails, however lively it drips', async () => {
    host = await slowGreeting(abc.b, { address: abc.a, port: abc.fleet.port }, 200);
    const row = await abc.run('echo fine', { flags: ['-t', '1'] });
    expectOnlyBFailed(row, {
      phase: 'handshake',
      code: 'banner-timeout',
      mayHaveRun: false,
      exit: 4,
      says: [/\b1(\.\d+)? s \(limit 1 s\)/u],
    });
    expect(row.b.durationMs).toBeLessThan(1_200);
  });

  test('F07 not an SSH server', async () => {
    host = await http(abc.b);
    const row = await abc.run('echo fine', { flags: ['-f', '1'] });
    expectOnlyBFailed(row, {
      phase: 'handshake',
      code: 'protocol',
      mayHaveRun: false,
      exit: 4,
      says: [/HTTP\/1\.1 400 \^\[\[2JBad Request/u],
    });
  });

  test('F08 endless pre-banner lines', async () => {
    host = await endlessBanner(abc.b);
    const row = await abc.run('echo fine', { flags: ['-f', '1', '-t', '10'] });
    expectOnlyBFailed(row, {
      phase: 'handshake',
      code: 'protocol',
      mayHaveRun: false,
      exit: 4,
      says: [/greeting/iu, /too long/iu],
    });
    expect(row.b.durationMs).toBeLessThan(1_000);
    // What the kernels' socket buffers hold is counted too.
    expect(host.bytesSent()).toBeLessThan(5_000_000);
  });

  test('F09 closes after accept', async () => {
    host = await closesAfterAccept(abc.b);
    const row = await abc.run('echo fine', { flags: ['-f', '1'] });
    expectOnlyBFailed(row, {
      phase: 'handshake',
      code: 'closed-early',
      mayHaveRun: false,
      exit: 4,
      says: [/closed/iu, /before .*greeting|without .*greeting/iu],
    });
    expect(host.connections()).toBe(1);
  });
});
