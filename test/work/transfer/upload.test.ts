import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/model/ports/transport.ts';
import type { WorkContext } from '../../../src/model/ports/work.ts';
import { uploadSpec } from '../../../src/work/kinds.ts';
import { uploadKind } from '../../../src/work/transfer/upload.ts';
import { startFleet } from '../../fleet/sshd.ts';
import { descendantsOf, signalProcess } from '../../helpers/processes.ts';
import { connectTo, withTransport } from '../../transport/connect/reach.ts';
import { doWork, GONE, startRig, type Doing, type Rig } from '../rig.ts';
import { namesBelow, putFile, useFolders } from './folders.ts';
import { after, failureOf, transferOf, warningsOf } from './host.ts';

const folders = useFolders();
let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());
function upload(
  sources: readonly string[],
  dest: string,
  options: Partial<WorkContext> & { readonly checksum?: boolean } = {},
): Doing {
  const { checksum = false, ...context } = options;
  const target = rig.fleet.target(rig.fleet.addresses(1)[0] ?? '', { vars: { tier: 'front' } });
  const spec = uploadSpec(sources, dest, { checksum });
  return doWork(uploadKind, spec, { target, connect: () => rig.connect(), ...context });
}

function file(name: string, content: string | Buffer, mode?: number): string {
  return putFile(join(folders.here, name), content, mode);
}

describe('an upload', () => {
  test('brings files and trees with their modes and times, links as they are; nothing else is left there', async () => {
    const { here, there } = folders;
    file('tree/a', 'one', 0o640);
    file('tree/sub/empty', '');
    file("tree/sub/odd 'name'\n\\", randomBytes(300_000), 0o755);
    mkdirSync(join(here, 'tree/hollow'));
    symlinkSync('../a', join(here, 'tree/sub/link'));
    chmodSync(join(here, 'tree/sub'), 0o500);
    utimesSync(join(here, 'tree/sub'), 1_500_000_000, 1_500_000_000);
    const doing = upload([join(here, 'tree'), file('single', 'x')], there);
    expect(await doing.end).toEqual({ kind: 'done' });
    const listing = (folder: string): string =>
      execFileSync('find', ['.', '-printf', '%p %y %m %s %l %Ts\n'], {
        cwd: folder,
        encoding: 'utf8',
      })
        .split('\n')
        .filter((line) => !/^\. |^\.\/(?:tree|tree\/hollow) |link/u.test(line))
        .toSorted()
        .join('\n');
    expect(listing(there)).toBe(listing(here));
    expect(spawnSync('diff', ['-r', '--no-dereference', here, there]).status).toBe(0);
    expect(readlinkSync(join(there, 'tree/sub/link'))).toBe('../a');
    expect(transferOf(doing)).toMatchObject({
      files: 5,
      bytes: 300_004,
      skipped: 0,
      resumed: 0,
      refused: 0,
      verified: 'sha256',
    });
    chmodSync(join(here, 'tree/sub'), 0o700);
    chmodSync(join(there, 'tree/sub'), 0o700);
  });

  test('passes over what is there already, and sends what has changed', async () => {
    const { here, there } = folders;
    file('t/same', 'same');
    file('t/changed', 'old');
    file('t/mode', 'mode', 0o600);
    expect(await upload([`${here}/t/`], there).end).toEqual({ kind: 'done' });
    writeFileSync(join(here, 't/changed'), 'new');
    chmodSync(join(here, 't/mode'), 0o755);
    const again = upload([`${here}/t/`], there);
    expect(await again.end).toEqual({ kind: 'done' });
    expect(transferOf(again)).toMatchObject({ files: 1, bytes: 3, skipped: 2 });
    expect(readFileSync(join(there, 'changed'), 'utf8')).toBe('new');
    expect(statSync(join(there, 'mode')).mode & 0o777).toBe(0o755);
  });

  test('looks at the content of what seems to be the same only with checksum', async () => {
    const { there } = folders;
    const path = file('f', 'abcd');
    writeFileSync(join(there, 'f'), 'wxyz');
    utimesSync(join(there, 'f'), 1_600_000_000, 1_600_000_000);
    const quick = upload([path], `${there}/`);
    expect(await quick.end).toEqual({ kind: 'done' });
    expect(transferOf(quick)).toMatchObject({ files: 0, skipped: 1 });
    // More than a host has sessions for.
    const others = Array.from({ length: 20 }, (_, at) => file(`other${at}`, 'other'));
    expect(await upload(others, there).end).toEqual({ kind: 'done' });
    const careful = upload([path, ...others], there, { checksum: true });
    expect(await careful.end).toEqual({ kind: 'done' });
    expect(transferOf(careful)).toMatchObject({ files: 1, skipped: 20, verified: 'sha256' });
    expect(readFileSync(join(there, 'f'), 'utf8')).toBe('abcd');
  });

  test('takes its destination as cp does, with its places filled in', async () => {
    const { there } = folders;
    const path = file('f', 'x');
    const [host = ''] = rig.fleet.addresses(1);
    await upload([path], `${there}/{host}-{vars.tier}`).end;
    await upload([path], `${there}/new/`).end;
    await upload([path], there).end;
    expect(namesBelow(there)).toEqual([`${host}-front`, 'f', 'new/f']);
    // From where the login puts us.
    const session = await (await rig.connect()).sftp();
    const home = await session.realpath('.');
    await session.close();
    await upload([path], `~/${relative(home, there)}/from-home`).end;
    expect(readFileSync(join(there, 'from-home'), 'utf8')).toBe('x');
  });

  test('goes on where one was broken, and only with what is right', async () => {
    const { there } = folders;
    const path = file('big', randomBytes(8_000_000));
    const cut = async (): Promise<Connection> =>
      after(await rig.connect(), 5, () => {
        for (const pid of rig.fleet.connectionPids()) signalProcess(pid, 'SIGKILL');
      });
    const broken = upload([path], `${there}/`, { connect: cut });
    expect(await failureOf(broken)).toMatchObject({ phase: 'run', code: 'lost', mayHaveRun: true });
    const [left = ''] = readdirSync(there);
    expect(left).toMatch(/^\.big\.muster-[0-9a-f]{12}$/u);
    const size = statSync(join(there, left)).size;
    expect(size).toBeGreaterThan(1_000_000);
    const second = upload([path], `${there}/`);
    expect(await second.end).toEqual({ kind: 'done' });
    expect(transferOf(second)).toMatchObject({ files: 1, resumed: 1, bytes: 8_000_000 - size });
    expect(readdirSync(there)).toEqual(['big']);
    expect(readFileSync(join(there, 'big')).equals(readFileSync(path))).toBe(true);

    rmSync(join(there, 'big'));
    writeFileSync(join(there, left), randomBytes(2_000_000), { mode: 0o600 });
    const third = upload([path], `${there}/`);
    expect(await third.end).toEqual({ kind: 'done' });
    expect(transferOf(third)).toMatchObject({ files: 1, resumed: 0, bytes: 8_000_000 });
    expect(readFileSync(join(there, 'big')).equals(readFileSync(path))).toBe(true);
  });

  test('is tried again by itself where contact was lost and the job allows it', async () => {
    const { there } = folders;
    const path = file('big', randomBytes(8_000_000));
    let connections = 0;
    const connect = async (): Promise<Connection> => {
      connections += 1;
      const connection = await rig.connect();
      if (connections > 1) return connection;
      return after(connection, 5, () => {
        for (const pid of rig.fleet.connectionPids()) signalProcess(pid, 'SIGKILL');
      });
    };
    const doing = upload([path], `${there}/`, { connect, retries: 1 });
    expect(await doing.end).toEqual({ kind: 'done' });
    expect(connections).toBe(2);
    expect(transferOf(doing)).toMatchObject({ files: 1, resumed: 1 });
    expect(readFileSync(join(there, 'big')).equals(readFileSync(path))).toBe(true);
  });

  test('does not use what somebody else may write, or a link, that has its temporary name', async () => {
    const { here, there } = folders;
    const content = randomBytes(400_000);
    const path = file('f', content);
    const { temporaryName } = await import('../../../src/work/transfer/temporary-name.ts');
    const name = temporaryName('f', { size: content.length, mtime: 1_600_000_000 });
    writeFileSync(join(there, name), content.subarray(0, 200_000));
    chmodSync(join(there, name), 0o666);
    const doing = upload([path], `${there}/`);
    expect(await doing.end).toEqual({ kind: 'done' });
    expect(transferOf(doing)).toMatchObject({ resumed: 0 });
    rmSync(join(there, 'f'));
    writeFileSync(join(here, 'victim'), 'victim');
    symlinkSync(join(here, 'victim'), join(there, name));
    const small = temporaryName('s', { size: 5, mtime: 1_600_000_000 });
    symlinkSync(join(here, 'victim'), join(there, small));
    expect(await upload([path, file('s', 'small')], there).end).toEqual({ kind: 'done' });
    expect(readFileSync(join(here, 'victim'), 'utf8')).toBe('victim');
    expect(lstatSync(join(there, 'f')).isFile()).toBe(true);
    expect(readFileSync(join(there, 's'), 'utf8')).toBe('small');
    expect(readdirSync(there).toSorted()).toEqual(['f', 's']);
  });

  test('that is stopped in the middle leaves nothing', async () => {
    const { there } = folders;
    const path = file('big', randomBytes(8_000_000));
    let stop = (): void => undefined;
    const connect = async (): Promise<Connection> => after(await rig.connect(), 5, () => stop());
    const doing = upload([path], `${there}/`, { connect });
    stop = () => void doing.stop();
    expect(await doing.end).toEqual(GONE);
    expect(readdirSync(there)).toEqual([]);
  });

  test('is stopped after its grace, too, where the server answers no more', async () => {
    const path = file('big', randomBytes(8_000_000));
    const hosts = (): readonly number[] => {
      const pids = rig.fleet.connectionPids();
      return pids.concat(pids.flatMap((pid) => descendantsOf(pid).map((one) => one.pid)));
    };
    let freeze = (): void => undefined;
    const connect = async (): Promise<Connection> => after(await rig.connect(), 5, () => freeze());
    const doing = upload([path], `${folders.there}/`, { connect, graceMs: 50 });
    const frozen: number[] = [];
    freeze = () => {
      frozen.push(...hosts());
      for (const pid of frozen) signalProcess(pid, 'SIGSTOP');
      void doing.stop();
    };
    try {
      expect(await doing.end).toEqual({ kind: 'ended', confirmed: false });
    } finally {
      for (const pid of frozen) signalProcess(pid, 'SIGCONT');
    }
  });

  test('names what it cannot do, and leaves nothing half done', async () => {
    const { here, there } = folders;
    const path = file('f', 'x');
    const nowhere = await failureOf(upload([path], `${there}/no/such`));
    expect(nowhere).toMatchObject({ phase: 'transfer', code: 'transfer' });
    expect(nowhere.message).toBe(`${there}/no/such: no such file or folder`);
    mkdirSync(join(there, 'f'));
    const folder = await failureOf(upload([path], `${there}/`));
    expect(folder.message).toContain(`${there}/f: a folder is in its place on the host`);
    const [one, other] = [file('a/same', '1'), file('b/same', '2')];
    const twice = await failureOf(upload([one, other], there));
    expect(twice.message).toContain('would both become same');
    const gone = await failureOf(upload([join(here, 'gone')], there));
    expect(gone).toMatchObject({ code: 'transfer', mayHaveRun: false });
    expect(gone.message).toContain('no such file');
    expect(readdirSync(there)).toEqual(['f']);
  });

  test('that one file cannot be part of goes on with the others, and fails in the end', async () => {
    const { here, there } = folders;
    for (const name of ['a', 'b/c', 'd']) file(`t/${name}`, name);
    file('t/shut', 'x');
    execFileSync('mkfifo', [join(here, 't/pipe')]);
    const odd = Buffer.concat([Buffer.from(join(here, 't/odd')), Buffer.from([0xe9])]);
    writeFileSync(odd, 'x');
    mkdirSync(join(there, 'shut'));
    const doing = upload([`${here}/t/`], there);
    expect(await failureOf(doing)).toEqual({
      phase: 'transfer',
      code: 'transfer',
      message: `${here}/t/odd\uFFFD: its name is not UTF-8 (and 1 more)`,
      mayHaveRun: true,
      via: null,
    });
    expect(transferOf(doing)).toMatchObject({ files: 3, refused: 3 });
    expect(warningsOf(doing)).toEqual([
      expect.stringContaining('its name is not UTF-8'),
      `not taken: ${here}/t/pipe: neither file, folder nor link\n`,
      `not taken: ${there}/shut: a folder is in its place on the host\n`,
    ]);
    expect(namesBelow(there)).toEqual(['a', 'b/c', 'd']);
  });

  test('says so where a file becomes shorter while it is sent', async () => {
    const { there } = folders;
    const path = file('f', randomBytes(4_000_000));
    const connect = async (): Promise<Connection> =>
      after(await rig.connect(), 3, () => truncateSync(path, 1_000_000));
    const { message } = await failureOf(upload([path], `${there}/`, { connect }));
    expect(message).toContain('became shorter');
    expect(readdirSync(there)).toEqual([]);
  });

  test.runIf(process.getuid?.() === 0)('says so where the disk there is full', async () => {
    const { there } = folders;
    const disk = join(there, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
    try {
      const failure = await failureOf(upload([file('big', randomBytes(8_000_000))], `${disk}/`));
      expect(failure).toMatchObject({ phase: 'transfer', code: 'transfer' });
      expect(failure.message).toContain(disk);
      expect(readdirSync(disk)).toEqual([]);
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
});

describe('hosts that are set up otherwise', () => {
  test('without an SFTP subsystem, or with one that talks, there is a clear error; with one session, or no commands, sizes are compared', async () => {
    const { there } = folders;
    const path = file('f', 'content');
    const place = rig.fleet.spare(0);
    const run = async (config: readonly string[]): Promise<Doing> => {
      const fleet = await startFleet({ place, config });
      const target = fleet.target(place.address);
      const doing = await withTransport(async (transport) => {
        const connect = (): Promise<Connection> => connectTo(transport, target, fleet.access());
        const one = doWork(uploadKind, uploadSpec([path], `${there}/`), { target, connect });
        await one.end.catch(() => undefined);
        return one;
      });
      await fleet.stop();
      return doing;
    };
    const without = await run(['Subsystem other /bin/false']);
    expect(await failureOf(without)).toMatchObject({
      phase: 'open',
      code: 'exec-refused',
      message: `${place.address} port ${place.port} has no SFTP subsystem`,
      mayHaveRun: false,
    });
    const garbage = await failureOf(await run(['Subsystem sftp /bin/echo Welcome to this host']));
    expect(garbage).toMatchObject({ phase: 'transfer', code: 'transfer' });
    expect(garbage.message).toContain('its SFTP server sent what is no SFTP');
    const single = await run(['MaxSessions 1']);
    expect(await single.end).toEqual({ kind: 'done' });
    expect(transferOf(single)).toMatchObject({ files: 1, verified: 'size' });
    rmSync(join(there, 'f'));
    const forced = await run(['ForceCommand internal-sftp']);
    expect(await forced.end).toEqual({ kind: 'done' });
    expect(transferOf(forced)).toMatchObject({ files: 1, verified: 'size' });
  });
});
