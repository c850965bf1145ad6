import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { sendCommand, type RemoteCommand } from '../../src/work/remote-command.ts';
import type { Ending } from '../../src/work/stop/ending.ts';
import { endCommand } from '../../src/work/stop/ladder.ts';
import { eventually } from '../helpers/eventually.ts';
import {
  descendantsOf,
  processInfo,
  remoteProcesses,
  signalProcess,
} from '../helpers/processes.ts';
import { mark, startRig, type Mark, type Rig } from './rig.ts';

let own: Mark;
beforeEach(() => {
  own = mark();
});
/** What a stop cannot end, the test does. */
afterEach(() => {
  for (const { pid } of own.processes()) signalProcess(pid, 'SIGKILL');
});

describe('on a host without a shell', () => {
  let rig: Rig;
  beforeAll(async () => {
    // sshd signals root's commands not at all.
    rig = await startRig({ user: 'plain' });
  });
  afterAll(() => rig.close());

  async function begin(text: string, count: number): Promise<RemoteCommand> {
    const connection = await rig.connect();
    const listener = { data: () => undefined };
    const command = await sendCommand(systemClock, connection, own.prefix + text, listener);
    command.channel.endInput();
    await own.count(count);
    return command;
  }

  async function end(
    text: string,
    count: number,
    shell: string,
    graceMs = 5_000,
  ): Promise<Ending & { readonly ms: number }> {
    const command = await begin(text, count);
    const from = performance.now();
    const ending = await endCommand(command, { clock: systemClock, graceMs, shell });
    return { ...ending, ms: performance.now() - from };
  }

  test('the command is signalled at once, and its end not confirmed', async () => {
    const { ms, ...ending } = await end('exec sleep 1000', 1, '/nonexistent/sh');
    expect(ending).toEqual({
      confirmed: false,
      note: 'the host has no shell that answers; the command itself has ended',
    });
    expect(own.processes()).toEqual([]);
    expect(ms).toBeLessThan(2_000);
  });

  test('a command that ignores TERM gets KILL after the grace time', async () => {
    const deaf = `trap '' TERM; while :; do sleep 0.5; done`;
    const { ms, ...ending } = await end(deaf, 2, '/nonexistent/sh', 300);
    expect(ending.confirmed).toBe(false);
    expect(ending.note).toContain('itself has ended');
    expect(ms).toBeGreaterThan(300);
    expect(ms).toBeLessThan(3_000);
    await own.count(0);
  });

  test('what the command has begun beside itself stays, which is why nothing is confirmed', async () => {
    const ending = await end(
      'setsid sleep 1000 >/dev/null 2>&1 & exec sleep 1000',
      2,
      '/nonexistent/sh',
    );
    expect(ending.confirmed).toBe(false);
    expect(own.processes()).toHaveLength(1);
  });

  test('what answers for the shell and says nothing does not stay', async () => {
    const { ms, confirmed } = await end('exec sleep 1000', 1, `sleep 1000.${process.pid}`, 500);
    expect(confirmed).toBe(false);
    expect(ms).toBeLessThan(6_000);
    expect(own.processes()).toEqual([]);
    await eventually(() => remoteProcesses(`1000.${process.pid}`).length === 0);
  });

  test('what answers for the shell with nonsense is not believed', async () => {
    const { ms, confirmed, note } = await end('exec sleep 1000', 1, 'cat', 500);
    expect([confirmed, note]).toEqual([
      false,
      'the host has no shell that answers; the command itself has ended',
    ]);
    expect(ms).toBeLessThan(6_000);
  });
});

describe('on a host that allows few sessions', () => {
  test('the only one is signalled at once, and its end not confirmed', async () => {
    const rig = await startRig({ user: 'plain', config: ['MaxSessions 1'] });
    try {
      const doing = rig.begin(`${own.prefix} exec sleep 1000`);
      await own.count(1);
      const { end, ms } = await doing.stop();
      expect(end).toEqual({
        kind: 'ended',
        confirmed: false,
        note: 'the host allows no second session; the command itself has ended',
      });
      expect(ms).toBeLessThan(1_000);
      expect(own.processes()).toEqual([]);
    } finally {
      await rig.close();
    }
  });

  test('those that are stopped together make room for each other', async () => {
    const rig = await startRig({ config: ['MaxSessions 4'] });
    try {
      const connection = await rig.connect();
      const doings = [1, 2, 3].map(() =>
        rig.begin(`${own.prefix} sleep 1000; true`, {}, connection),
      );
      await own.count(6);
      const ends = await Promise.all(doings.map((doing) => doing.stop()));
      expect(ends.map(({ end }) => end)).toEqual(
        [1, 2, 3].map(() => ({ kind: 'ended', confirmed: true })),
      );
      expect(own.processes()).toEqual([]);
    } finally {
      await rig.close();
    }
  });
});

describe('where the connection does not last', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await startRig({ user: 'plain' });
  });
  afterEach(() => rig.close());

  /** The processes of sshd behind the open connections. */
  function servers(): readonly number[] {
    const monitors = rig.fleet.connectionPids();
    return monitors
      .concat(monitors.flatMap((pid) => descendantsOf(pid).map((one) => one.pid)))
      .filter((pid) => processInfo(pid)?.args[0]?.includes('sshd') === true);
  }

  test('the work ends at once, without confirmation', async () => {
    const doing = rig.begin(`${own.prefix} trap '' TERM; echo begun; while :; do sleep 0.1; done`);
    await eventually(() => doing.output() === 'begun\n');
    const stopped = doing.stop();
    for (const pid of servers()) signalProcess(pid, 'SIGKILL');
    const { end, ms } = await stopped;
    expect(end).toEqual({ kind: 'ended', confirmed: false, note: 'the connection was lost' });
    expect(ms).toBeLessThan(2_000);
  });

  test('the host carries out an order that it has', async () => {
    const command = `trap 'echo told' TERM; echo begun; while :; do sleep 0.1; done`;
    const doing = rig.begin(`${own.prefix} ${command}`, { graceMs: 1_000 });
    await eventually(() => doing.output() === 'begun\n');
    const stopped = doing.stop();
    await eventually(() => doing.output().includes('told'));
    for (const pid of servers()) signalProcess(pid, 'SIGKILL');
    expect((await stopped).end).toMatchObject({ kind: 'ended', confirmed: false });
    expect(own.processes()).not.toEqual([]);
    await own.count(0);
  });

  test('a server that is frozen holds the work no longer than the grace time and a few seconds', async () => {
    const doing = rig.begin(`${own.prefix} exec sleep 1000`, { graceMs: 100 });
    await own.count(1);
    for (const pid of servers()) signalProcess(pid, 'SIGSTOP');
    const { end, ms } = await doing.stop();
    expect(end).toMatchObject({ kind: 'ended', confirmed: false });
    expect(ms).toBeLessThan(8_500);
    for (const pid of servers()) signalProcess(pid, 'SIGCONT');
  });
});
