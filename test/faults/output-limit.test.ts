import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { bytesFrom, endOf, eventsOf } from '../helpers/events.ts';
import { remoteProcesses } from '../helpers/processes.ts';
import { runMuster, type MusterResult } from '../helpers/run-muster.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { childOf, expectSafeLine, onlyOn } from './abc.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

let fleet: Fleet;
let a: string;
let b: string;
let c: string;
beforeAll(async () => {
  fleet = await startFleet({ hosts: 3 });
  [a = '', b = '', c = ''] = fleet.addresses(3);
});
afterAll(() => fleet.stop());

function run(flags: readonly string[], onB: string): Promise<MusterResult> {
  const hosts = `--hosts=${[a, b, c].join(',')}`;
  return runMuster(['run', hosts, ...fleet.options, ...flags, '--', onlyOn(b, onB)]);
}

const HALF = 512 * 1024;
const SENT = 32 * 1024 * 1024;
/** So many bytes, of which the first and the last can be told from the others, and an error in the last half. */
const FLOOD = `head -c ${SENT / 2} /dev/zero | tr '\\0' a; head -c ${SENT / 2} /dev/zero | tr '\\0' z; exec >&2; echo oops; exit 3`;
const MISSING = SENT + 5 - 2 * HALF;
const NOTE = `${MISSING} bytes of output left out (--max-output)`;

describe('F30 output limit', () => {
  test('cut: the first and the last part, how much is missing, and its own status', async () => {
    const result = await run(['-O', 'jsonl', '--max-output', '1M', '--ok-codes', '3'], FLOOD);
    const job = endOf(result);
    expect(childOf(job, b)).toMatchObject({
      state: 'Completed',
      exitCode: 3,
      failure: null,
      statusMessage: NOTE,
    });
    const said = bytesFrom(result, b);
    expect(said.equals(Buffer.from('a'.repeat(HALF) + 'z'.repeat(HALF - 5)))).toBe(true);
    expect(bytesFrom(result, b, 'error').toString()).toBe('oops\n');
    expect(bytesFrom(result, b, 'warning').toString()).toBe(`${NOTE}\n`);
    const streams = eventsOf(result).flatMap(({ event, host, stream }) =>
      event === 'record' && host === b ? [stream] : [],
    );
    // Between output and errors there is no order but that of their arrival.
    const heard = streams.filter((stream) => stream !== 'error');
    const order = heard.filter((stream, at) => stream !== heard[at - 1]);
    expect(order).toEqual(['output', 'warning', 'output']);
    for (const host of [a, c]) {
      expect(childOf(job, host)).toMatchObject({ state: 'Completed', statusMessage: null });
      expect(bytesFrom(result, host).toString()).toBe('fine\n');
    }
    expect([job.state, result.code]).toEqual(['Completed', 0]);
  });

  test('cut, durable, into files: the same', async () => {
    const folder = temporaryFolder('output-limit');
    try {
      const flags = ['--durable', '-O', 'json', '--max-output', '1m', '--output-dir', folder];
      const result = await run(flags, FLOOD);
      const child = childOf(result.job(), b);
      expect(child).toMatchObject({
        state: 'Failed',
        exitCode: 3,
        failure: { code: 'exit-code' },
        statusMessage: NOTE,
        error: 'oops\n',
      });
      const wanted = 'a'.repeat(HALF) + 'z'.repeat(HALF - 5);
      expect(child.output === wanted).toBe(true);
      expect(readFileSync(join(folder, `${b}.out`), 'utf8') === wanted).toBe(true);
      expect(result.code).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('fail: stopped at the limit, and nothing is left of it', async () => {
    const marker = `y${process.pid}30`;
    const result = await run(['-O', 'json', '--max-output', '1M,fail'], `yes ${marker}`);
    const job = result.job();
    const child = childOf(job, b);
    expect(child).toMatchObject({
      state: 'Failed',
      exitCode: null,
      signal: null,
      failure: { phase: 'run', code: 'output-limit', mayHaveRun: true, via: null },
    });
    expect(child.failure?.message).toBe('more than 1048576 bytes of output; it was stopped');
    expectSafeLine(child.failure?.message ?? '');
    const line = `${marker}\n`;
    expect(child.output === line.repeat(2 * HALF).slice(0, 2 * HALF)).toBe(true);
    expect(remoteProcesses(marker)).toEqual([]);
    for (const host of [a, c]) expect(childOf(job, host)).toMatchObject({ output: 'fine\n' });
    expect([job.state, result.code]).toEqual(['Failed', 1]);
  });
});
