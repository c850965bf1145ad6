import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fleetForFile } from '../fleet/for-file.ts';
import { eventually } from '../helpers/eventually.ts';
import { startMuster, type MusterProcess } from '../helpers/run-muster.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

const fleet = await fleetForFile({ hosts: 3 });
const [a = '', b = '', c = ''] = fleet.addresses(3);

let folder: string;
beforeAll(() => {
  folder = temporaryFolder('stalled');
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(hosts: readonly string[], command: string): MusterProcess {
  const flags = ['-O', 'live', '-N', '-q', '--controller', 'never'];
  return startMuster(['run', '-w', hosts.join(','), ...fleet.options, ...flags, '--', command]);
}

const MEGABYTE = 1024 * 1024;
/** Whole lines. */
const SENT = 30_000_000;

/** The most memory it ever had, in bytes. */
function peakOf(pid: number): number {
  const [, kilobytes = '0'] =
    /VmHWM:\s*(\d+) kB/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

test('F40 reader paused: nothing is lost, memory is bounded, others keep flowing', async () => {
  const bytes = Buffer.alloc(SENT, 'the quick brown fox\n');
  const file = join(folder, 'bytes');
  writeFileSync(file, bytes);
  const done = (host: string): string => join(folder, `done-${host}`);
  const flood = run([b], `cat ${file}; : >${done(b)}`);
  flood.pauseStdout();
  // Its host waits, and others do not: a job of their own goes through meanwhile.
  const result = await run([a, c], `cat ${file} | head -c 4M | wc -c`).ended;
  expect(result.text.trim().split('\n')).toEqual(['4194304', '4194304']);
  await eventually(() => peakOf(flood.pid) > 0);
  expect(existsSync(done(b))).toBe(false);
  const peak = peakOf(flood.pid);
  flood.resumeStdout();
  const { code, stdout } = await flood.ended;
  expect(code).toBe(0);
  expect(createHash('sha256').update(stdout).digest('hex')).toBe(
    createHash('sha256').update(bytes).digest('hex'),
  );
  expect(existsSync(done(b))).toBe(true);
  expect(peak).toBeLessThan(160 * MEGABYTE);
});
