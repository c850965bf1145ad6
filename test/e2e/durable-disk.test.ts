import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeProgram } from '../../src/work/durable/programs.ts';
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

test('what a durable command has left on a disk that is full is removed there, but for the mark that none begins any more', () => {
  const id = randomUUID();
  const folder = join(place, 'state/muster/durable', id);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'lease'), '');
  writeFileSync(join(folder, 'out'), 'said\n');
  const ballast = join(place, 'ballast');
  try {
    fillDisk(ballast);
    const program = `done_reading() { :; }\n${removeProgram(id, true)}`;
    const env = { ...process.env, HOME: join(fleet.folder, 'home') };
    expect(spawnSync('/bin/sh', ['-c', program], { env }).status).toBe(0);
    expect(readdirSync(folder)).toEqual(['lease']);
    expect(readFileSync(join(folder, 'lease'), 'latin1')).toBe('removed\n');
  } finally {
    rmSync(ballast);
  }
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
