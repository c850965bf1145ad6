import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fleetForFile } from '../fleet/for-file.ts';
import { runMuster, said, type MusterOptions, type MusterResult } from '../helpers/run-muster.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { namesBelow, putFile, useFolders } from '../work/transfer/folders.ts';

const folders = useFolders();
const fleet = await fleetForFile({ hosts: 3 });
const hosts = fleet.addresses(3);
function muster(
  verb: 'upload' | 'download',
  words: readonly string[],
  options: MusterOptions = {},
): Promise<MusterResult> {
  return runMuster([verb, '-w', hosts.join(','), ...fleet.options, ...words], {
    cwd: folders.here,
    ...options,
  });
}

describe('upload', () => {
  test('puts files on every host, and says how many, how much and how fast', async () => {
    const { here, there } = folders;
    putFile(join(here, 'conf/a'), 'one');
    putFile(join(here, 'conf/b'), 'two two');
    const result = await muster('upload', ['conf', `${there}/{host}`]);
    expect(result.code, said(result)).toBe(0);
    expect(namesBelow(there)).toEqual(
      hosts.toSorted().flatMap((host) => [`${host}/conf/a`, `${host}/conf/b`]),
    );
    const [titles = '', first = ''] = result.text.split('\n');
    expect(titles).toMatch(/^Host +State +Files +Unchanged +Bytes +Rate +Duration +Message$/u);
    expect(first).toMatch(/^\S+ +Completed +2 +0 +10 bytes +\S+ k?(?:B|bytes)\/s +\S+ s$/u);
    expect(result.errorText).toMatch(/^6 files, 30 bytes, .*\/s$/mu);
    const again = await muster('upload', ['conf', `${there}/{host}`]);
    expect(again.errorText).toMatch(/^0 files, 6 unchanged, 0 bytes$/mu);
  });

  test('in JSON each child has what it did, the same fields every time', async () => {
    const { here, there } = folders;
    putFile(join(here, 'f'), 'content');
    const result = await muster('upload', [
      'f',
      `${there}/{host}.txt`,
      '-O',
      'json',
      '--name',
      'up-{host}',
    ]);
    expect(result.code, said(result)).toBe(0);
    const job = result.job();
    expect(job).toMatchObject({ type: 'TransferJob', state: 'Completed', name: 'up' });
    expect(job.command).toBe(`upload ${here}/f ${there}/{host}.txt`);
    for (const child of job.children) {
      expect(child).toMatchObject({
        name: `up-${child.host}`,
        exitCode: null,
        failure: null,
        output: '',
      });
      expect(child).toHaveProperty('transfer', {
        files: 1,
        bytes: 7,
        skipped: 0,
        resumed: 0,
        refused: 0,
        verified: 'sha256',
        durationMs: expect.any(Number) as number,
      });
    }
  });

  test('exits 1 where a host did not take it, and says why', async () => {
    const { here, there } = folders;
    putFile(join(here, 'f'), 'content');
    const [one = '', blocked = '', third = ''] = hosts;
    mkdirSync(join(there, blocked, 'f'), { recursive: true });
    const result = await muster('upload', ['f', `${there}/{host}/`, '-O', 'json']);
    expect(result.code, said(result)).toBe(1);
    const states = result.job().children.map(({ state }) => state);
    expect(states).toEqual(['Completed', 'Failed', 'Completed']);
    expect(result.job().children[1]?.failure).toMatchObject({
      phase: 'transfer',
      code: 'transfer',
      message: `${there}/${blocked}/f: a folder is in its place on the host`,
    });
    expect(namesBelow(there)).toEqual([`${one}/f`, `${third}/f`].toSorted());
  });

  test('--dry-run says which files would go where, and does nothing', async () => {
    const { here, there } = folders;
    putFile(join(here, 'd/a'), 'x'.repeat(2000));
    const result = await muster('upload', ['d', there, '--dry-run']);
    expect(result.code).toBe(0);
    expect(result.errorText).toContain(`upload to ${there} (1 file, 2.0 kB)`);
    const json = await muster('upload', ['d', there, '--dry-run', '-O', 'json']);
    expect(JSON.parse(json.text)).toMatchObject({ dryRun: true, files: 1, bytes: 2000 });
    expect(namesBelow(there)).toEqual([]);
  });

  test.each([
    [['f'], 'upload needs what to copy and where to'],
    [[], 'upload needs what to copy and where to'],
    [['nowhere', '/tmp/x'], 'nowhere: no such file or folder'],
    [['', '/tmp/x'], 'a path is empty'],
    [['/etc/hostname', '/tmp/{hots}'], 'a template has no {hots}'],
    [['/etc/hostname', '/tmp/{vars.none}'], 'has no variable for {vars.none}'],
  ])('%j is the operator’s mistake: exit 2, and no host is touched', async (words, message) => {
    const result = await muster('upload', words);
    expect(result.code, said(result)).toBe(2);
    expect(result.errorText).toContain(message);
  });

  test('as a job in the background it is received like any other', async () => {
    const { here, there } = folders;
    putFile(join(here, 'f'), 'content');
    const state = temporaryFolder('state');
    const env = { XDG_RUNTIME_DIR: state, XDG_STATE_HOME: state };
    try {
      const started = await muster('upload', ['f', `${there}/{host}`, '--as-job', '-O', 'json'], {
        env,
      });
      expect(started.code, said(started)).toBe(0);
      const received = await runMuster(['receive', '1', '--wait', '-O', 'json'], { env });
      expect(received.code, said(received)).toBe(0);
      expect(received.text).toContain('"transfer":{"files":1');
      expect(namesBelow(there)).toEqual(hosts.toSorted());
      // And in the foreground, through the same controller.
      const down = await muster(
        'download',
        [`${there}/{host}`.replace('{host}', hosts[0] ?? ''), 'got'],
        { env },
      );
      expect(down.code, said(down)).toBe(0);
      expect(namesBelow(join(here, 'got'))).toHaveLength(3);
    } finally {
      await runMuster(['controller', 'stop', '--stop-jobs'], { env });
      rmSync(state, { recursive: true });
    }
  });
});

describe('download', () => {
  test('brings the files of every host into a folder of its own', async () => {
    const { here, there } = folders;
    putFile(join(there, 'a.log'), 'one');
    putFile(join(there, 'b.log'), 'two');
    putFile(join(there, 'c.txt'), 'three');
    const result = await muster('download', [`${there}/*.log`, 'logs']);
    expect(result.code, said(result)).toBe(0);
    expect(namesBelow(join(here, 'logs'))).toEqual(
      hosts.toSorted().flatMap((host) => [`${host}/a.log`, `${host}/b.log`]),
    );
    expect(result.errorText).toMatch(/^6 files, 18 bytes/mu);
    const renamed = await muster('download', [`${there}/a.log`, 'one/{host}.log']);
    expect(renamed.code, said(renamed)).toBe(0);
    expect(readdirSync(join(here, 'one'))).toEqual(hosts.map((host) => `${host}.log`).toSorted());
    expect(readFileSync(join(here, 'one', `${hosts[0]}.log`), 'utf8')).toBe('one');
  });

  test('a pattern that means nothing is a failure of that host', async () => {
    const { there } = folders;
    const result = await muster('download', [`${there}/*.none`, 'logs', '-O', 'json']);
    expect(result.code).toBe(1);
    expect(result.job().children[0]?.failure).toMatchObject({
      code: 'transfer',
      mayHaveRun: false,
    });
  });

  test.each([
    [['/etc/hostname'], 'download needs what to copy and where to'],
    [['/a/same', '/b/same', 'x'], 'would both become same'],
    [['a/../..', '/b', 'x'], 'has no name of its own'],
    [['/etc/hostname', 'x/{none}'], 'a template has no {none}'],
  ])('%j is the operator’s mistake: exit 2', async (words, message) => {
    const result = await muster('download', words);
    expect(result.code, said(result)).toBe(2);
    expect(result.errorText).toContain(message);
  });
});
