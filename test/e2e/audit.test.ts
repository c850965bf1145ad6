import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { background, type Background } from '../helpers/background.ts';
import { eventually } from '../helpers/eventually.ts';
import { processInfo, signalProcess } from '../helpers/processes.ts';
import { said } from '../helpers/run-muster.ts';

let fleet: Fleet;
let bg: Background;
let hosts: readonly string[];
let log: string;
beforeAll(async () => {
  fleet = await startFleet({ hosts: 2 });
  hosts = fleet.addresses(2);
  bg = background();
  log = join(bg.folder, 'audit');
});
afterEach(() => rmSync(log, { recursive: true, force: true }));
afterAll(async () => {
  await bg.close();
  await fleet.stop();
});

type Line = Readonly<Record<string, unknown>>;

function lines(): readonly Line[] {
  return readFileSync(log, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

const kinds = (): readonly unknown[] => lines().map(({ kind }) => kind);
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const on = (): readonly string[] => [...fleet.options, '-w', hosts.join()];
const local = ['run', '--local', '--controller', 'never'];

async function verify(): Promise<void> {
  const verdict = await bg.muster(['audit', 'verify', log]);
  expect(verdict.code, said(verdict)).toBe(0);
}

describe('C23: an audit log', { timeout: 60_000 }, () => {
  test('has who ran what where and what came of it, and neither command nor output', async () => {
    const command = 'echo to-output; echo to-error >&2; exit 3';
    const env = { MUSTER_AUDIT: log, SSH_CONNECTION: '192.0.2.7 4711 192.0.2.1 22' };
    const run = await bg.muster(['run', ...on(), '-O', 'quiet', '--', command], { env });
    expect(run.code, said(run)).toBe(1);
    const [start, ...rest] = lines();
    expect(kinds()).toEqual(['start', 'child', 'child', 'end']);
    expect(start).toMatchObject({
      who: { uid: process.getuid?.(), ssh: env.SSH_CONNECTION, terminal: null },
      hosts,
      commandDigest: sha(command),
    });
    expect(rest.slice(0, 2).map(({ host }) => host)).toEqual(expect.arrayContaining([...hosts]));
    expect(rest[0]).toMatchObject({
      state: 'Failed',
      exitCode: 3,
      failure: 'exit-code',
      outputDigest: sha('to-output\n'),
      errorDigest: sha('to-error\n'),
    });
    expect(rest[2]).toMatchObject({ state: 'Failed', counts: { failed: 2 } });
    expect(readFileSync(log, 'utf8')).not.toMatch(/to-output|exit 3/u);
    await verify();
  });

  test('goes on where a controller was killed: every child is there once, and the end', async () => {
    const enough = join(fleet.folder, 'enough');
    const env = { MUSTER_AUDIT: log };
    const command = `until [ -e ${enough} ]; do sleep 0.05; done; echo done`;
    for (const words of [
      ['--durable', '--', command],
      ['--', command],
    ]) {
      const started = await bg.muster(['start', ...on(), ...words], { env });
      expect(started.code, said(started)).toBe(0);
    }
    const first = (await bg.pid()) ?? 0;
    await eventually(() => fleet.connectionPids().length > 0, { deadlineMs: 20_000 });
    await eventually(async () => (await bg.look(4)).counts.running === 2);
    signalProcess(first, 'SIGKILL');
    await eventually(() => processInfo(first) === null);
    await bg.muster(['controller', 'start']);
    writeFileSync(enough, '');
    expect((await bg.muster(['wait', '1', '4', '--force', '--timeout', '30'])).code).toBe(1);
    const byKind = (kind: string): readonly Line[] =>
      lines().filter((line) => line['kind'] === kind);
    expect(byKind('start').map(({ id }) => id)).toEqual([1, 4]);
    const children = byKind('child').map(({ childId }) => Number(childId));
    expect(children.toSorted((a, b) => a - b)).toEqual([2, 3, 5, 6]);
    expect(byKind('child').find(({ childId }) => childId === 2)).toMatchObject({
      state: 'Completed',
      outputDigest: sha('done\n'),
    });
    expect(byKind('child').find(({ childId }) => childId === 5)).toMatchObject({
      state: 'Failed',
      failure: 'lost',
      mayHaveRun: true,
      outputDigest: null,
    });
    expect(new Set(byKind('end').map(({ id }) => id))).toEqual(new Set([1, 4]));
    expect(byKind('end')).toHaveLength(2);

    const again = await bg.muster(['rerun', '4'], { env: { MUSTER_AUDIT: undefined } });
    expect(again.code, said(again)).toBe(0);
    expect((await bg.muster(['wait', '7'])).code).toBe(0);
    expect(byKind('start').at(-1)).toMatchObject({ id: 7, rerunOf: 4, hosts });
    expect(byKind('end')).toHaveLength(3);
    await verify();
  });

  test('that cannot be written lets nothing run: exit 2', async () => {
    const ran = join(bg.folder, 'ran');
    const refused = async (audit: string, why: RegExp): Promise<void> => {
      const env = { MUSTER_AUDIT: audit };
      const result = await bg.muster([...local, '--', 'touch', ran], { env });
      expect([result.code, result.errorText]).toEqual([2, expect.stringMatching(why)]);
    };
    await refused(join(bg.folder, 'nowhere', 'log'), /cannot be written \(ENOENT\)/u);
    writeFileSync(join(bg.folder, 'victim'), '');
    symlinkSync(join(bg.folder, 'victim'), log);
    await refused(log, /is a link/u);
    rmSync(log);
    writeFileSync(log, '');
    chmodSync(log, 0o640);
    await refused(log, /is open to others \(mode 0640\)/u);
    const started = await bg.muster(['start', ...on(), '--audit', log, '--', `touch ${ran}`]);
    expect([started.code, started.errorText]).toEqual([
      2,
      expect.stringMatching(/open to others/u),
    ]);
    expect(existsSync(ran)).toBe(false);
    expect(readFileSync(join(bg.folder, 'victim'), 'utf8')).toBe('');
  });

  test('that cannot be written at the end fails the job, whatever its command did', async () => {
    // The command itself puts a folder in its place.
    const command = `mv ${log} ${log}.old; mkdir ${log}`;
    const run = await bg.muster([
      ...local,
      '--audit',
      log,
      '-O',
      'json',
      '--',
      'sh',
      '-c',
      command,
    ]);
    renameSync(`${log}.old`, `${log}.had`);
    expect(run.code, said(run)).toBe(1);
    expect(run.job().children[0]).toMatchObject({
      state: 'Failed',
      failure: { code: 'store', message: `the audit log ${log} cannot be written (EISDIR)` },
    });
    mkdirSync(log, { recursive: true });
  });
});
