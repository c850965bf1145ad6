import {
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { ConfigError } from '../../src/model/errors.ts';
import { ownIdentity } from '../../src/service/lock-owner.ts';
import { environmentOf, processInfo } from '../helpers/processes.ts';
import { newInstance, type Instance } from './instance.ts';

let at: Instance;

beforeEach(() => {
  at = newInstance();
});
afterEach(() => at.close());

describe('a controller that is started by a client', () => {
  test('is found by the next, alone in its session, with nothing of its starter but what it needs', async () => {
    expect(await at.find()).toBeNull();
    const canary = 'canary-4711';
    const variables = {
      ...process.env,
      ...at.env,
      SSH_AUTH_SOCK: `/tmp/${canary}`,
      API_TOKEN: canary,
      NODE_OPTIONS: `--title=${canary}`,
      LC_TIME: 'C',
      TZ: 'Asia/Tokyo',
    };
    const first = await at.ensure({ variables });
    const { pid } = await first.serviceStatus();
    const second = await at.ensure();
    expect((await second.serviceStatus()).pid).toBe(pid);
    expect((await (await at.find())?.serviceStatus())?.pid).toBe(pid);
    expect(at.pid()).toBe(pid);

    const info = processInfo(pid);
    expect(info?.session).toBe(pid);
    expect(info?.args.slice(-7)).toEqual([
      'controller',
      'serve',
      '--instance=default',
      '--persist=300',
      '--pool=0,10000',
      '--idle=3600',
      '--memory=536870912',
    ]);
    const names = environmentOf(pid).map((entry) => entry.split('=')[0]);
    expect(names).toEqual(expect.arrayContaining(['PATH', 'LC_TIME', 'TZ', 'XDG_RUNTIME_DIR']));
    expect(names).not.toContain('SSH_AUTH_SOCK');
    expect(environmentOf(pid).join('\n')).not.toContain(canary);

    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Umask:\s+0077$/mu);
    expect(readlinkSync(`/proc/${pid}/fd/0`)).toBe('/dev/null');
    expect(readlinkSync(`/proc/${pid}/fd/1`)).toBe(at.paths.log);
    expect(readlinkSync(`/proc/${pid}/fd/2`)).toBe(at.paths.log);
    const own = readdirSync(`/proc/${process.pid}/fd`).length;
    await Promise.all([first.dispose(), second.dispose()]);
    expect(readdirSync(`/proc/${process.pid}/fd`).length).toBeLessThanOrEqual(own);
  });

  test('keeps its files to itself', async () => {
    const before = process.umask(0);
    try {
      await (await at.ensure()).dispose();
    } finally {
      process.umask(before);
    }
    const modes = [at.paths.folder, at.paths.socket, at.paths.lock, at.paths.log].map(
      (path) => statSync(path).mode & 0o7777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600, 0o600]);
    expect(readdirSync(at.paths.folder).toSorted()).toEqual(['default.lock', 'default.sock']);
  });

  test('has the settings it was started with', async () => {
    const settings = {
      keepMs: 1500,
      pool: { min: 2, max: 20 },
      idleMs: 60_000,
      memoryBytes: 2 ** 25,
    };
    await (await at.ensure({ settings })).dispose();
    const args = processInfo(at.pid() ?? 0)?.args ?? [];
    expect(args).toEqual(
      expect.arrayContaining(['--persist=1.5', '--pool=2,20', '--idle=60', '--memory=33554432']),
    );
  });
});

describe('a controller that does not start', () => {
  /** Takes the controller's place: what it does is the test's. */
  const program = (code: string): readonly string[] => {
    const file = join(at.folder, 'program.mjs');
    writeFileSync(file, code);
    return [process.execPath, file];
  };

  test('is reported with its exit status, its log and what that ends with', async () => {
    const code =
      "process.stderr.write('first\\nno room at the inn\\u001b[31m\\n'); process.exitCode = 3;";
    const error = await refused(at.ensure({ program: program(code) }));
    expect(error.message).toBe('the controller did not start: it ended (exit status 3)');
    expect(error.hint).toContain(at.paths.log);
    expect(error.hint).toContain('no room at the inn^[[31m');
  });

  test('is reported in its own words where it has some', async () => {
    const said = { state: 'failed', code: 'service', message: 'no lock', hint: 'make room' };
    const code = `import { writeSync } from 'node:fs';
      writeSync(Number(process.env.MUSTER_READY_FD), ${JSON.stringify(`${JSON.stringify(said)}\n`)});`;
    const error = await refused(at.ensure({ program: program(code) }));
    expect(error).toMatchObject({ code: 'service', message: 'no lock', hint: 'make room' });
  });

  test('is not what was killed: its signal is named', async () => {
    const code = "process.kill(process.pid, 'SIGKILL');";
    const error = await refused(at.ensure({ program: program(code) }));
    expect(error.message).toContain('signal SIGKILL');
    expect(error.hint).toBe(`its log: ${at.paths.log}`);
  });

  test.each([
    ['is given up after ten seconds, and ended', false],
    ['and has the lock is given up after ten seconds, and begins: it may have found jobs', true],
  ])('%s', async (_name, isOwner) => {
    const file = join(at.folder, 'pid');
    const lock = join(at.folder, 'lock');
    writeFileSync(lock, JSON.stringify(ownIdentity()));
    const code = `import { renameSync, writeFileSync } from 'node:fs';
      ${isOwner} && renameSync(${JSON.stringify(lock)}, ${JSON.stringify(at.paths.lock)});
      writeFileSync(${JSON.stringify(file)}, String(process.pid)); setInterval(() => {}, 1000);`;
    const waits: number[] = [];
    const clock = {
      ...systemClock,
      after: (ms: number, task: () => void) => {
        waits.push(ms);
        return systemClock.after(ms / 10, task);
      },
    };
    const error = await refused(at.ensure({ program: program(code), clock }));
    expect(error.message).toBe('the controller did not start: it was not ready after 10 seconds');
    expect(Math.max(...waits)).toBeGreaterThan(9_000);
    const pid = Number(readFileSync(file, 'utf8'));
    if (isOwner) {
      expect(processInfo(pid)).not.toBeNull();
      process.kill(pid, 'SIGKILL');
      rmSync(at.paths.lock);
    }
    await at.gone(pid);
  });

  test('is not waited for once nobody wants it', async () => {
    const abort = new AbortController();
    const waiting = at.ensure({
      program: program('setTimeout(() => {}, 500);'),
      signal: abort.signal,
    });
    abort.abort(new Error('Ctrl-C'));
    await expect(waiting).rejects.toThrow('Ctrl-C');
  });

  test('is no program at all: that is said at once', async () => {
    const error = await refused(at.ensure({ program: ['/nowhere/node', 'x'] }));
    expect(error.message).toMatch(/^the controller cannot be started: .*ENOENT/u);
  });

  test('where the folder is not safe, nothing is started, nor talked to', async () => {
    mkdirSync(at.paths.folder, { mode: 0o755 });
    const error = await refused(at.ensure());
    expect(error.message).toContain('is open to others');
    await expect(at.find()).rejects.toThrow('is open to others');
    expect(at.pid()).toBeNull();
  });
});

describe('the limit of open files', () => {
  test('is the hard one, and the status tells it', async () => {
    const started = await at.muster(['controller', 'start'], {
      through: ['prlimit', '--nofile=512:3000'],
    });
    expect(started.errorText).toBe('');
    const remote = await at.find();
    const status = await remote?.serviceStatus();
    await remote?.dispose();
    expect(status?.openFilesLimit).toBe(3000);
    expect(status?.warnings).toEqual([]);
    const limits = readFileSync(`/proc/${status?.pid}/limits`, 'utf8');
    expect(limits).toMatch(/^Max open files\s+3000\s+3000\s/mu);
  });
});

async function refused(work: Promise<unknown>): Promise<ConfigError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
