import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { errorCode } from '../helpers/error-code.ts';
import { runMuster } from '../helpers/run-muster.ts';

let fleet: Fleet;
let host: string;
let place: string;
beforeAll(async () => {
  fleet = await startFleet();
  [host = ''] = fleet.addresses(1);
  place = join(fleet.folder, 'home', '.local');
  mkdirSync(place, { recursive: true });
  mount('mount', '-t', 'tmpfs', '-o', 'size=1m', 'muster-test', place);
});
afterAll(async () => {
  mount('umount', '-l', place);
  await fleet.stop();
});

function mount(...argv: readonly [string, ...string[]]): void {
  const [file, ...args] = argv;
  const { status, stderr } = spawnSync(file, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

test('a disk that is full on the host ends a durable command as a failure, and gives what was written before', async () => {
  const durable = ['run', '--durable', ...fleet.options, '-w', host, '-O', 'json', '--'];
  const { code, ...ran } = await runMuster([
    ...durable,
    'echo first; head -c 3000000 /dev/zero; :',
  ]);
  const [child] = ran.job().children;
  expect([code, child?.state, child?.failure?.phase, child?.failure?.code]).toEqual([
    1,
    'Failed',
    'local',
    'store',
  ]);
  expect(child?.failure?.message).toContain('no room was left on the host');
  expect(child?.bytes.output).toBeGreaterThan(500_000);
  expect(child?.output?.startsWith('first\n')).toBe(true);
  // Nothing is kept: the next one finds room.
  const next = await runMuster([...durable, 'echo next']);
  expect(next.job().children[0]?.output).toBe('next\n');
});

test('a disk that is full on the host when a durable command begins lets none begin, and says so', async () => {
  const ballast = join(place, 'ballast');
  const durable = ['run', '--durable', ...fleet.options, '-w', host, '-O', 'json', '--'];
  const began = join(fleet.folder, 'began');
  try {
    fillDisk(ballast);
    const { code, ...ran } = await runMuster([...durable, `echo >>${began}`]);
    const [child] = ran.job().children;
    expect([code, child?.failure?.code, child?.failure?.mayHaveRun]).toEqual([1, 'store', false]);
    expect(child?.failure?.message).toContain('no room');
  } finally {
    rmSync(ballast);
  }
  expect(readdirSync(join(place, 'state/muster/durable'))).toEqual([]);
  const next = await runMuster([...durable, `echo >>${began}; wc -l <${began}`]);
  expect(next.job().children[0]?.output?.trim()).toBe('1');
});

/** To the last byte. */
function fillDisk(file: string): void {
  const descriptor = openSync(file, 'w');
  try {
    for (;;) writeSync(descriptor, Buffer.alloc(4_096));
  } catch (error) {
    if (errorCode(error) !== 'ENOSPC') throw error;
  } finally {
    closeSync(descriptor);
  }
}
