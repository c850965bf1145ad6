import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { sendCommand, type RemoteCommand } from '../../src/work/remote-command.ts';
import type { HostShellOptions } from '../../src/work/stop/host-shell.ts';
import type { Ending } from '../../src/work/stop/ending.ts';
import { endCommand } from '../../src/work/stop/ladder.ts';
import type { TableMethod } from '../../src/work/stop/script.ts';
import { Suspension } from '../../src/work/suspension.ts';
import { GONE, installed, mark, startRig, stateOf, type Mark, type Rig } from './rig.ts';

/** A tree with everything in it: children, an orphan, a session of its own, one that ignores TERM. */
const TREE = `sleep 1000 & (sleep 1000 &); setsid -w sh -c 'sleep 1000; true' & (trap '' TERM; exec sleep 1000) & wait`;
const TREE_SIZE = 6;
/** Where /proc is there also one that left by every road. */
const DAEMON = 'setsid -f sleep 1000; ';

/** The command, and how many processes it has. */
async function beginTree(
  rig: Rig,
  own: Mark,
  table: TableMethod | undefined,
): Promise<readonly [RemoteCommand, number]> {
  const connection = await rig.connect();
  const listener = { data: () => undefined };
  const more = table === 'ps' ? '' : DAEMON;
  const command = await sendCommand(systemClock, connection, own.prefix + more + TREE, listener);
  command.channel.endInput();
  const count = TREE_SIZE + (more === '' ? 0 : 1);
  await own.count(count);
  return [command, count];
}

async function end(rig: Rig, own: Mark, options: HostShellOptions): Promise<Ending> {
  const [command] = await beginTree(rig, own, options.table);
  return endCommand(command, { clock: systemClock, graceMs: 200, ...options });
}

describe('the stop script', () => {
  let rig: Rig;
  let plain: Rig;
  beforeAll(async () => {
    [rig, plain] = await Promise.all([startRig(), startRig({ user: 'plain' })]);
  });
  afterAll(async () => {
    await rig.close();
    await plain.close();
  });

  const tables = installed('ps').length > 0 ? (['proc', 'ps'] as const) : (['proc'] as const);
  const shells = installed('dash', 'bash --posix', 'busybox sh', 'zsh --emulate sh');
  test.each(shells)(`runs in %s, with ${tables.join(' and with ')} alone`, async (shell) => {
    const tried = tables.flatMap((table) => [rig, plain].map((on) => ({ on, table })));
    await Promise.all(
      tried.map(async ({ on, table }) => {
        const own = mark();
        const ending: Ending = await end(on, own, { shell, table });
        expect([shell, table, ending]).toEqual([shell, table, { confirmed: true, note: null }]);
        expect(own.processes()).toEqual([]);
      }),
    );
  });

  const both = shells.flatMap((shell) => tables.map((table) => [shell, table] as const));
  test.each(both)('halts and lets go in %s, with %s alone', async (shell, table) => {
    const own = mark();
    const [command, count] = await beginTree(rig, own, table);
    const options = { clock: systemClock, shell, table };
    const suspension = new Suspension(command, options);
    const states = (): string =>
      own
        .processes()
        .map(({ pid }) => stateOf(pid))
        .join('');
    expect(await suspension.suspend()).toBe(null);
    expect(states()).toBe('T'.repeat(count));
    expect(await suspension.resume()).toBe(null);
    expect(states()).toMatch(/^[^T]+$/u);
    expect(await suspension.suspend()).toBe(null);
    const held = await suspension.leave();
    expect(held).not.toBe(null);
    const ending = await endCommand(command, { ...options, graceMs: 200 }, held);
    expect(ending).toEqual({ confirmed: true, note: null });
    expect(own.processes()).toEqual([]);
  });

  test.each(tables)(
    'with %s alone leaves the other commands of the connection alone',
    async (table) => {
      const connection = await rig.connect();
      const listener = { data: () => undefined };
      const marks = [mark(), mark(), mark()];
      const commands = [];
      for (const one of marks) {
        commands.push(
          await sendCommand(systemClock, connection, `${one.prefix} sleep 1000; true`, listener),
        );
      }
      for (const one of marks) await one.count(2);
      const left = [3, 2, 1].map(() => [0]);
      for (const [place, index] of [1, 0, 2].entries()) {
        const command = commands[index];
        if (command === undefined) throw new Error('no such command');
        const options = { clock: systemClock, graceMs: 1_000, table };
        expect(await endCommand(command, options)).toEqual({ confirmed: true, note: null });
        left[place] = marks.map((one) => one.processes().length);
      }
      expect(left).toEqual([
        [2, 0, 2],
        [0, 0, 2],
        [0, 0, 0],
      ]);
    },
  );
});

describe('a login shell that is', () => {
  test.each(installed('bash', 'dash', 'csh', 'fish', 'zsh', 'busybox sh'))(
    '%s: nothing is left of its command',
    async (shell) => {
      const rig = await startRig({
        config: [`ForceCommand exec ${shell} -c "$SSH_ORIGINAL_COMMAND"`],
      });
      try {
        const own = mark();
        const doing = rig.begin(`env MUSTER_MARK=${own.name} sh -c 'sleep 1000 | cat'`);
        // The login shell itself may stay, with the mark in its arguments.
        await own.atLeast(3);
        expect((await doing.stop()).end).toEqual(GONE);
        expect(own.processes()).toEqual([]);
      } finally {
        await rig.close();
      }
    },
  );

  test('talkative does not confuse the conversation', async () => {
    const chatter = 'echo list 1 2:3; printf "no end of line"; echo gone 0 >&2';
    const rig = await startRig({
      config: [`ForceCommand ${chatter}; eval "$SSH_ORIGINAL_COMMAND"`],
    });
    try {
      const own = mark();
      const doing = rig.begin(`${own.prefix} sleep 1000; true`);
      await own.atLeast(2);
      expect((await doing.stop()).end).toEqual(GONE);
      expect(own.processes()).toEqual([]);
    } finally {
      await rig.close();
    }
  });
});
