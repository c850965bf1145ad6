import { readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SERVICE_DEFAULTS } from '../../src/service/service.ts';
import { eventually } from '../helpers/eventually.ts';
import { environmentOf, processes, signalProcess } from '../helpers/processes.ts';
import { startMuster } from '../helpers/run-muster.ts';
import { isRunning, newInstance, type Instance } from './instance.ts';

let at: Instance;

beforeEach(() => {
  at = newInstance();
});
afterEach(() => at.close());

/** Starts the controller, and then a job on this machine; resolves to the controller's process. */
async function startJob(command: readonly string[], marker = newMarker()): Promise<number> {
  const started = await at.muster(['start', '--local', '-q', '--', ...command], {
    cwd: at.folder,
    env: { TEST_MARKER: marker },
  });
  expect(started.errorText).toBe('');
  const pid = at.pid();
  if (pid === null) throw new Error('no controller runs');
  return pid;
}

/** A job that ignores TERM, for sure from when this resolves on: its stop takes the whole grace period. */
async function startStubbornJob(marker = newMarker()): Promise<number> {
  const trapped = join(at.folder, 'trapped');
  const pid = await startJob(
    ['sh', '-c', `trap '' TERM; : > ${trapped}; sleep 60; sleep 60`],
    marker,
  );
  await eventually(() => statOrNull(trapped) !== null);
  return pid;
}

function log(): string {
  return readFileSync(at.paths.log, 'utf8');
}

async function isGone(pid: number): Promise<void> {
  await at.gone(pid);
  expect(statOrNull(at.paths.socket)).toBeNull();
  expect(statOrNull(at.paths.lock)).toBeNull();
}

function statOrNull(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

function newMarker(): string {
  return `marker-${randomUUID()}`;
}

/** The processes of a job: all that descend from it have its environment. */
function marked(marker: string): readonly number[] {
  return processes()
    .map(({ pid }) => pid)
    .filter((pid) => environmentOf(pid).includes(`TEST_MARKER=${marker}`));
}

describe('an idle controller', () => {
  const settings = { ...SERVICE_DEFAULTS, idleMs: 400 };

  test('ends, and leaves neither socket nor lock', async () => {
    const remote = await at.ensure({ settings });
    const { pid } = await remote.serviceStatus();
    await remote.dispose();
    await isGone(pid);
    expect(log()).toContain('ends: nothing to do, and nothing to keep');
  });

  test('never fails a client that comes just as it ends', async () => {
    const pids = new Set<number>();
    const short = { ...settings, idleMs: 100 };
    for (let i = 0; i < 5; i += 1) {
      const remote = await at.ensure({ settings: short });
      pids.add((await remote.serviceStatus()).pid);
      await remote.dispose();
      // About the time after which it looks for late clients.
      await new Promise((resolve) => setTimeout(resolve, 90 + i * 20));
    }
    await isGone(at.pid() ?? [...pids].at(-1) ?? 0);
  }, 60_000);

  test('is not idle while a job is unfinished, a result unread or a client there', async () => {
    const remote = await at.ensure({ settings });
    const pid = await startJob(['sh', '-c', 'sleep 1.5; echo kept']);
    await remote.dispose();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(isRunning(pid)).toBe(true);
    const again = await at.ensure({ settings });
    expect((await again.wait(1)).state).toBe('Completed');
    await again.dispose();
    // Several times the idle time: the result is unread.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(isRunning(pid)).toBe(true);
    const received = await at.muster(['receive', '1']);
    expect(received.text).toContain('kept');
    await isGone(pid);
  });
});

describe('a controller that is asked to end', () => {
  test('refuses while a job is unfinished, and says how many there are and what to do', async () => {
    const pid = await startJob(['sleep', '60']);
    await startJob(['sleep', '60']);
    const remote = await at.ensure();
    await expect(remote.shutdown({ stopJobs: false, detach: false })).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'job-state',
      message: '2 jobs are unfinished: the controller goes on',
      hint: 'muster controller stop --stop-jobs stops them first, --detach leaves durable ones running on their hosts',
    });
    expect(isRunning(pid)).toBe(true);
    await remote.shutdown({ stopJobs: true, detach: false });
    expect(isRunning(pid)).toBe(false);
    expect(statOrNull(at.paths.socket)).toBeNull();
    expect(statOrNull(at.paths.lock)).toBeNull();
    await remote.dispose();
  });

  test('makes way for the next, which waits for it', async () => {
    const pid = await startStubbornJob();
    signalProcess(pid, 'SIGTERM');
    await eventually(() => statOrNull(at.paths.socket) === null);
    const next = await at.ensure();
    expect(isRunning(pid)).toBe(false);
    expect((await next.serviceStatus()).pid).toBe(at.pid());
    expect(at.pid()).not.toBe(pid);
    await next.dispose();
  });
});

describe('signals', () => {
  test('TERM stops the jobs by the ladder, lets who waits for them know, and leaves nothing', async () => {
    const marker = newMarker();
    const pid = await startJob(['sh', '-c', 'sleep 61 & sleep 60'], marker);
    await eventually(() => marked(marker).length === 3);
    const remote = await at.ensure();
    const waiting = remote.wait(1);
    const events: string[] = [];
    const following = (async () => {
      for await (const event of remote.follow(1)) events.push(event.event);
    })();
    await eventually(() => events.length > 0);
    signalProcess(pid, 'SIGTERM');
    expect((await waiting).state).toBe('Stopped');
    await following;
    expect(events.at(-1)).toBe('end');
    await remote.dispose();
    await isGone(pid);
    expect(marked(marker)).toEqual([]);
    expect(log()).toMatch(/ends: SIGTERM\n.* stops 1 unfinished job\n.* ended\n$/u);
  });

  test('a second one does not wait for the jobs; the socket is gone all the same', async () => {
    const marker = newMarker();
    const pid = await startStubbornJob(marker);
    signalProcess(pid, 'SIGTERM');
    await eventually(() => log().includes('stops 1 unfinished job'));
    const before = performance.now();
    signalProcess(pid, 'SIGINT');
    await isGone(pid);
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(log()).toContain('leaves at once: a further SIGINT');
    // Whoever insists has to clear away what the ladder had not come to.
    for (const left of marked(marker)) signalProcess(left, 'SIGKILL');
    await eventually(() => marked(marker).length === 0);
  });

  test('a hangup is not meant for one in the background', async () => {
    const remote = await at.ensure();
    const { pid } = await remote.serviceStatus();
    signalProcess(pid, 'SIGHUP');
    // It answers a request that was sent after the signal, and another.
    for (let i = 0; i < 5; i += 1) expect((await remote.serviceStatus()).pid).toBe(pid);
    await remote.dispose();
    signalProcess(pid, 'SIGTERM');
    await isGone(pid);
  });

  test('a hangup ends one in the foreground, whose terminal it is', async () => {
    const served = startMuster(['controller', 'serve'], { env: at.env });
    await served.line('stdout', /^controller ready \(process \d+\) on /u);
    served.kill('SIGHUP');
    expect(await served.ended).toMatchObject({ code: 0, errorText: '' });
    expect(statOrNull(at.paths.lock)).toBeNull();
  });
});

describe('a controller that nobody can reach any more', () => {
  test('ends with its jobs when its folder is removed', async () => {
    const pid = await startJob(['sleep', '60']);
    rmSync(at.env['XDG_RUNTIME_DIR'] ?? '', { recursive: true });
    await at.gone(pid);
    expect(log()).toMatch(/ends: its socket or the folder is gone.*\n.* stops 1 unfinished job/u);
  });

  test('ends when its folder is moved away, which nobody tells it', async () => {
    const remote = await at.ensure();
    const { pid } = await remote.serviceStatus();
    await remote.dispose();
    const runtime = at.env['XDG_RUNTIME_DIR'] ?? '';
    renameSync(runtime, `${runtime}-moved`);
    await at.gone(pid);
    expect(log()).toContain('ends: its socket or the folder is gone');
  });

  test("ends when its socket is replaced, and leaves the other's alone", async () => {
    const remote = await at.ensure();
    const { pid } = await remote.serviceStatus();
    await remote.dispose();
    rmSync(at.paths.socket);
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(at.paths.socket, resolve);
    });
    try {
      await at.gone(pid);
      expect(statOrNull(at.paths.socket)).not.toBeNull();
      expect(statOrNull(at.paths.lock)).toBeNull();
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });
});
