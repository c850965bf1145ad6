import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/model/ports/transport.ts';
import type { Target } from '../../../src/model/target.ts';
import type { WorkContext } from '../../../src/model/ports/work.ts';
import { downloadSpec } from '../../../src/work/kinds.ts';
import { downloadKind } from '../../../src/work/transfer/download.ts';
import { signalProcess } from '../../helpers/processes.ts';
import { doWork, GONE, startRig, type Doing, type Rig } from '../rig.ts';
import { namesBelow, putFile, useFolders } from './folders.ts';
import { after, failureOf, transferOf, warningsOf } from './host.ts';

const folders = useFolders();
let rig: Rig;
let host: string;
beforeAll(async () => {
  rig = await startRig();
  host = rig.fleet.addresses(1)[0] ?? '';
});
afterAll(() => rig.close());
interface Options extends Partial<WorkContext> {
  readonly checksum?: boolean;
  readonly named?: Partial<Target>;
}

function download(sources: readonly string[], dest = folders.here, options: Options = {}): Doing {
  const { checksum = false, named = {}, ...context } = options;
  const target = rig.fleet.target(host, named);
  const spec = downloadSpec(sources, dest, { checksum });
  return doWork(downloadKind, spec, { target, connect: () => rig.connect(), ...context });
}

function file(name: string, content: string | Buffer, mode?: number): string {
  return putFile(join(folders.there, name), content, mode);
}

describe('a download', () => {
  test("brings files and trees into the host's own folder, with their times and modes", async () => {
    const { here, there } = folders;
    file('tree/a', 'one', 0o640);
    file('tree/sub/empty', '');
    file('tree/sub/big', randomBytes(600_000), 0o755);
    utimesSync(join(there, 'tree/sub'), 1_500_000_000, 1_500_000_000);
    const doing = download([join(there, 'tree'), file('single', 'x')], join(here, 'new/dest'));
    expect(await doing.end).toEqual({ kind: 'done' });
    const own = join(here, 'new/dest', host);
    expect(spawnSync('diff', ['-r', there, own]).status).toBe(0);
    const listing = (folder: string): string =>
      execFileSync('find', ['tree/a', 'tree/sub', 'single', '-printf', '%p %m %Ts\n'], {
        cwd: folder,
        encoding: 'utf8',
      });
    expect(listing(own)).toBe(listing(there));
    expect(statSync(own).mode & 0o777).toBe(0o700);
    expect(transferOf(doing)).toMatchObject({ files: 4, bytes: 600_004, verified: 'sha256' });
    const again = download([join(there, 'tree'), join(there, 'single')], join(here, 'new/dest'));
    expect(await again.end).toEqual({ kind: 'done' });
    expect(transferOf(again)).toMatchObject({ files: 0, bytes: 0, skipped: 4 });
  });

  test('takes patterns, and what they mean on the host', async () => {
    const { here, there } = folders;
    for (const name of ['a/one.log', 'a/two.log', 'b/three.log', 'b/four.txt']) file(name, name);
    const doing = download([`${there}/[ab]/*.log`], here);
    expect(await doing.end).toEqual({ kind: 'done' });
    expect(namesBelow(here)).toEqual(
      ['one.log', 'three.log', 'two.log'].map((name) => `${host}/${name}`),
    );
    const none = await failureOf(download([`${there}/*.none`], here));
    expect(none).toMatchObject({ phase: 'transfer', code: 'transfer', mayHaveRun: false });
    expect(none.message).toContain(`${there}/*.none: nothing on the host has such a name`);
    // A name that looks like a pattern is a name where it is there.
    file('x[1]', 'odd');
    expect(await download([`${there}/x[1]`], here).end).toEqual({ kind: 'done' });
  });

  test('a destination with {host} is taken as it is, and whatever is filled in stays one name', async () => {
    const { here } = folders;
    const path = file('f', 'content');
    const named = { name: '../../up', vars: { tier: 'x/../y' } };
    expect(await download([path], `${here}/{host}-{vars.tier}.txt`, { named }).end).toEqual({
      kind: 'done',
    });
    expect(await download([path], `${here}/{vars.tier}`, { named }).end).toEqual({ kind: 'done' });
    expect(await download([path], `${here}/in-{host}/`).end).toEqual({ kind: 'done' });
    expect(namesBelow(here)).toEqual([
      '%2E.%2F..%2Fup-x%2F..%2Fy.txt',
      `in-${host}/f`,
      'x%2F..%2Fy/%2E.%2F..%2Fup/f',
    ]);
  });

  test('goes on where one was broken, and begins anew where what is left is wrong', async () => {
    const { here } = folders;
    const content = randomBytes(8_000_000);
    const path = file('big', content);
    const cut = async (): Promise<Connection> =>
      after(await rig.connect(), 25, () => {
        for (const pid of rig.fleet.connectionPids()) signalProcess(pid, 'SIGKILL');
      });
    const broken = download([path], here, { connect: cut });
    expect(await failureOf(broken)).toMatchObject({ code: 'lost', mayHaveRun: false });
    const own = join(here, host);
    const [left = ''] = readdirSync(own);
    expect(left).toMatch(/^\.big\.muster-[0-9a-f]{12}$/u);
    const { size } = statSync(join(own, left));
    expect(size).toBeGreaterThan(500_000);
    const second = download([path], here);
    expect(await second.end).toEqual({ kind: 'done' });
    expect(transferOf(second)).toMatchObject({ files: 1, resumed: 1, bytes: 8_000_000 - size });
    expect(readdirSync(own)).toEqual(['big']);
    expect(readFileSync(join(own, 'big')).equals(content)).toBe(true);

    rmSync(join(own, 'big'));
    writeFileSync(join(own, left), randomBytes(1_000_000), { mode: 0o600 });
    expect(await download([path], here).end).toEqual({ kind: 'done' });
    expect(readFileSync(join(own, 'big')).equals(content)).toBe(true);

    // Nor is a link, or a file that has another name as well, ever gone on with.
    rmSync(join(own, 'big'));
    writeFileSync(join(here, 'victim'), content.subarray(0, 1_000_000));
    symlinkSync(join(here, 'victim'), join(own, left));
    expect(await download([path], here).end).toEqual({ kind: 'done' });
    expect(statSync(join(here, 'victim')).size).toBe(1_000_000);
    expect(readdirSync(own)).toEqual(['big']);
  });

  test('that is stopped in the middle leaves nothing half done', async () => {
    const { here } = folders;
    const path = file('big', randomBytes(8_000_000));
    let stop = (): void => undefined;
    const connect = async (): Promise<Connection> => after(await rig.connect(), 12, () => stop());
    const doing = download([path], here, { connect });
    stop = () => void doing.stop();
    expect(await doing.end).toEqual(GONE);
    expect(namesBelow(here)).toEqual([]);
  });

  test('takes a log as it was, though it grows meanwhile', async () => {
    const { here } = folders;
    const path = file('log', 'line\n'.repeat(200_000));
    const connect = async (): Promise<Connection> =>
      after(await rig.connect(), 2, () => appendFileSync(path, 'more\n'));
    expect(await download([path], here, { connect }).end).toEqual({ kind: 'done' });
    expect(readFileSync(join(here, host, 'log'), 'utf8')).toBe('line\n'.repeat(200_000));
  });

  test('takes files whose size the host does not know', async () => {
    const { here } = folders;
    expect(await download(['/proc/self/status'], here).end).toEqual({ kind: 'done' });
    expect(readFileSync(join(here, host, 'status'), 'utf8')).toMatch(/^Name:/u);
  });

  test('compares the content of what seems to be the same only with checksum', async () => {
    const { here } = folders;
    const path = file('f', 'abcd');
    await download([path], here).end;
    writeFileSync(join(here, host, 'f'), 'wxyz');
    utimesSync(join(here, host, 'f'), 1_600_000_000, 1_600_000_000);
    const quick = download([path], here);
    await quick.end;
    expect(transferOf(quick)).toMatchObject({ files: 0, skipped: 1 });
    await download([path], here, { checksum: true }).end;
    expect(readFileSync(join(here, host, 'f'), 'utf8')).toBe('abcd');
  });

  test('links below what was asked for are not taken; one that was asked for is followed', async () => {
    const { here, there } = folders;
    file('real', 'content');
    symlinkSync('real', join(there, 'link'));
    mkdirSync(join(there, 'd'));
    symlinkSync('/etc', join(there, 'd/etc'));
    const doing = download([join(there, 'link'), join(there, 'd')], here);
    expect(await doing.end).toEqual({ kind: 'done' });
    expect(namesBelow(here)).toEqual([`${host}/link`]);
    expect(transferOf(doing)).toMatchObject({ files: 1, refused: 1 });
    expect(warningsOf(doing)).toEqual([`not taken: ${there}/d/etc: a symbolic link\n`]);
  });

  test('says what is not there, and what is in the way here', async () => {
    const { here, there } = folders;
    const missing = await failureOf(download([join(there, 'no')], here));
    expect(missing).toMatchObject({ phase: 'transfer', code: 'transfer' });
    expect(missing.message).toBe(`${there}/no: no such file or folder on the host`);
    writeFileSync(join(here, 'file'), '');
    const blocked = await failureOf(download([file('f', 'x')], join(here, 'file')));
    expect(blocked).toMatchObject({ phase: 'local', code: 'store' });
    expect(blocked.message).toContain(join(here, 'file'));
  });

  test.runIf(process.getuid?.() === 0)('says so where the disk here is full', async () => {
    const { here } = folders;
    const disk = join(here, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
    try {
      const small = Array.from({ length: 5 }, (_, at) => file(`small${at}`, randomBytes(900_000)));
      const full = await failureOf(download(small, disk));
      expect(full).toMatchObject({ phase: 'local', code: 'store' });
      expect(full.message).toContain('no space left on this machine');
      const large = await failureOf(download([file('large', randomBytes(3_000_000))], disk));
      expect(large.message).toContain('here is room for');
      expect(namesBelow(disk).filter((name) => name.includes('.muster-'))).toEqual([]);
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
});
