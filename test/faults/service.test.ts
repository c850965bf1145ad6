import { once } from 'node:events';
import { createServer } from 'node:net';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ownIdentity } from '../../src/service/lock-owner.ts';
import { eventually } from '../helpers/eventually.ts';
import { environmentOf, processes, signalProcess } from '../helpers/processes.ts';
import { said, type MusterResult } from '../helpers/run-muster.ts';
import { newInstance, type Instance } from '../service/instance.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

let at: Instance;

beforeEach(() => {
  at = newInstance();
});
afterEach(() => at.close());

/** Processes that serve here, or are about to. */
function serving(): readonly number[] {
  const mark = `XDG_RUNTIME_DIR=${at.env['XDG_RUNTIME_DIR']}`;
  return processes()
    .filter(({ pid, args }) => args.includes('serve') && environmentOf(pid).includes(mark))
    .map(({ pid }) => pid);
}

function pidIn({ text }: MusterResult): number {
  return Number(/process (\d+)/u.exec(text)?.[1]);
}

describe('F50: controllers that start together', () => {
  test('of 20 at once, one serves and all 20 clients find it', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => at.muster(['controller', 'start'], { deadlineMs: 60_000 })),
    );
    for (const one of all) expect(one.code, said(one)).toBe(0);
    const pids = new Set(all.map(pidIn));
    expect([...pids]).toEqual([at.pid()]);
    // Those that came too late have ended, or are about to.
    await eventually(() => serving().length === 1);
    expect(serving()).toEqual([...pids]);
    expect(readdirSync(at.paths.folder).toSorted()).toEqual(['default.lock', 'default.sock']);
  }, 90_000);

  test('one more in the foreground says that one runs, and that is no failure', async () => {
    const first = pidIn(await at.muster(['controller', 'start']));
    const second = await at.muster(['controller', 'serve']);
    expect(second).toMatchObject({ code: 0, errorText: '' });
    expect(second.text).toBe(
      `a controller runs already (process ${first}) on ${at.paths.socket}\n`,
    );
    expect(at.pid()).toBe(first);
  });
});

describe('F51: what a controller leaves that was killed', () => {
  /** Resolves when only its socket and its lock are left. */
  async function startAndKill(): Promise<void> {
    const remote = await at.ensure();
    const { pid } = await remote.serviceStatus();
    await remote.dispose();
    signalProcess(pid, 'SIGKILL');
    await at.gone(pid);
    expect(statSync(at.paths.socket).isSocket()).toBe(true);
    expect(existsSync(at.paths.lock)).toBe(true);
  }

  /** As one of another time, or of a process that is gone, leaves them: nobody listens at that socket. */
  async function leave(lock: string): Promise<void> {
    mkdirSync(at.paths.folder, { mode: 0o700 });
    const listened = `${at.paths.socket}.then`;
    const server = createServer();
    server.listen(listened);
    await once(server, 'listening');
    renameSync(listened, at.paths.socket);
    server.close();
    await once(server, 'close');
    chmodSync(at.paths.socket, 0o600);
    expect(statSync(at.paths.socket).isSocket()).toBe(true);
    writeFileSync(at.paths.lock, lock, { mode: 0o600 });
  }

  async function expectStart(): Promise<void> {
    const remote = await at.ensure();
    expect(at.pid()).toBe((await remote.serviceStatus()).pid);
    await remote.dispose();
    expect(serving()).toEqual([at.pid()]);
  }

  test('a socket and a lock are replaced, once, also by ten that start together', async () => {
    await startAndKill();
    const all = await Promise.all(
      Array.from({ length: 10 }, () => at.muster(['controller', 'start'], { deadlineMs: 60_000 })),
    );
    for (const one of all) expect(one.code, said(one)).toBe(0);
    expect([...new Set(all.map(pidIn))]).toEqual([at.pid()]);
    await eventually(() => serving().length === 1);
    expect(readdirSync(at.paths.folder).toSorted()).toEqual(['default.lock', 'default.sock']);
  }, 60_000);

  test('a client that only looks says that none runs', async () => {
    await leave(JSON.stringify({ ...ownIdentity(), start: '1' }));
    expect(await at.muster(['controller', 'status'])).toMatchObject({
      code: 1,
      errorText: 'muster: no controller is running\n',
    });
  });

  // The numbers of processes begin anew: that of the dead controller is a living process's.
  test.each([
    ['another start of the machine', { boot: '00000000-0000-4000-8000-000000000000' }],
    ['a process that has its number now', { start: '1' }],
  ])('a lock is replaced that is of %s', async (_, change) => {
    await leave(JSON.stringify({ ...ownIdentity(), ...change }));
    await expectStart();
  });

  test("a lock of another machine's, which shares our folder, is left alone, and that is said at once", async () => {
    const foreign = { ...ownIdentity(), boot: '00000000-0000-4000-8000-000000000000' };
    mkdirSync(at.paths.folder, { mode: 0o700 });
    writeFileSync(at.paths.lock, JSON.stringify({ ...foreign, host: 'login2' }), { mode: 0o600 });
    for (const verb of ['start', 'serve']) {
      const refused = await at.muster(['controller', verb]);
      expect(refused.code, said(refused)).toBe(2);
      expect(refused.errorText).toContain('a controller on another machine (login2)');
      expect(refused.errorText).toContain('XDG_RUNTIME_DIR');
    }
    expect(readFileSync(at.paths.lock, 'utf8')).toContain('login2');
  });

  test('a lock is replaced that a power cut has left without its bytes', async () => {
    await leave('');
    await expectStart();
  });

  test('a controller that lost its lock, and lives, is not replaced', async () => {
    const first = pidIn(await at.muster(['controller', 'start']));
    rmSync(at.paths.lock);
    const second = await at.muster(['controller', 'serve']);
    expect(second.text).toBe(`a controller runs already on ${at.paths.socket}\n`);
    const status = await at.muster(['controller', 'start']);
    expect(pidIn(status)).toBe(first);
    signalProcess(first, 'SIGTERM');
    await at.gone(first);
  });
});
