import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock, type Clock } from '../../src/base/clock.ts';
import { sendCommand } from '../../src/work/remote-command.ts';
import { endCommand } from '../../src/work/stop/ladder.ts';
import { Suspension } from '../../src/work/suspension.ts';
import { eventually } from '../helpers/eventually.ts';
import { descendantsOf, processInfo, signalProcess } from '../helpers/processes.ts';
import { GONE, mark, shared, startRig, stateOf, type Doing, type Mark, type Rig } from './rig.ts';

/** Commands whose processes do not go by themselves, and how many of them carry the mark once all have begun. */
const TREES: readonly (readonly [name: string, command: string, marked: number])[] = [
  ['one process', 'exec sleep 1000', 1],
  ['a pipeline', 'sleep 1000 | sleep 1000 | cat; true', 4],
  ['a child in a session of its own', 'setsid -w sh -c "sleep 1000; true"; true', 3],
  ['a daemon that left parent and session', 'setsid -f sleep 1000; sleep 1000; true', 3],
  ['a child under nohup, and an orphan', 'nohup sleep 1000 & (sleep 1000 &); wait', 3],
  ['process groups of job control', 'set -m; sleep 1000 & sleep 1000 | sleep 1000 & wait', 4],
  ['a deep tree', `f() { [ $1 = 0 ] && exec sleep 1000; (f $(($1 - 1)); true); }; f 20; true`, 21],
];

function states(own: Mark): string {
  return own
    .processes()
    .map(({ pid }) => stateOf(pid))
    .join('');
}

/**
 * Whether every process is halted, or held in vfork(2) by a child that is: such a parent was told as well, and the kernel
 * shows it as waiting (D) until its child goes on.
 */
function standStill(own: Mark): boolean {
  const all = own.processes().map(({ pid, parent }) => ({ pid, parent, state: stateOf(pid) }));
  const holders = new Set(all.filter(({ state }) => state === 'T').map(({ parent }) => parent));
  return all.every(({ pid, state }) => state === 'T' || (state === 'D' && holders.has(pid)));
}

const suspend = (doing: Doing): Promise<string | null> => act(doing, 'suspend');
const resume = (doing: Doing): Promise<string | null> => act(doing, 'resume');

/** A command may be seen on the host before its server says that it has begun. */
async function act(doing: Doing, what: 'suspend' | 'resume'): Promise<string | null> {
  const work = await eventually(() => doing.suspendable());
  return work[what]();
}

describe.each([
  ['root or self', 'root-or-self'],
  ['a plain user', 'plain'],
] as const)('suspending what %s runs', (_, user) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ user });
  });
  afterAll(() => rig.close());

  // The signals are the same; what differs is how a server runs what is not root's.
  const trees = user === 'plain' ? TREES.slice(-4) : TREES;
  test.each(trees)('halts %s, lets it go on, and a stop ends it', async (_, command, count) => {
    const own = mark();
    const doing = rig.begin(own.prefix + command);
    await own.count(count);
    const all = 'T'.repeat(count);
    expect(await suspend(doing)).toBe(null);
    expect(states(own)).toBe(all);
    // sshd itself goes on.
    expect(own.processes().every(({ args }) => args[0]?.includes('sshd') === false)).toBe(true);
    expect(await resume(doing)).toBe(null);
    expect(states(own)).not.toContain('T');
    expect(own.processes()).toHaveLength(count);
    expect(await suspend(doing)).toBe(null);
    expect(states(own)).toBe(all);
    const { end, ms } = await doing.stop();
    expect(end).toEqual(GONE);
    expect(own.processes()).toEqual([]);
    // TERM was enough.
    expect(ms).toBeLessThan(4_500);
  });

  test('a counter stands still, and nothing of what it counts is lost', async () => {
    const own = mark();
    const doing = rig.begin(
      `${own.prefix} i=0; while [ $i -lt 150 ]; do echo $i; i=$((i+1)); sleep 0.005; done`,
    );
    for (let round = 0; round < 3; round += 1) {
      const before = doing.output().length;
      await eventually(() => doing.output().length > before + 30);
      expect(await suspend(doing)).toBe(null);
      // What was on its way is in: the answer came after it, and no more will.
      const shown = doing.output();
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(doing.output()).toBe(shown);
      expect(await resume(doing)).toBe(null);
    }
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.output()).toBe(Array.from({ length: 150 }, (__, i) => `${i}\n`).join(''));
    expect(doing.suspendable()).toBe(null);
  });
});

describe('a suspended command', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ user: 'plain' });
  });
  afterAll(() => rig.close());

  test('a trap for TERM runs where a suspended command is stopped, and nothing before it', async () => {
    const own = mark();
    const loop = 'while :; do echo more; sleep 0.01; done';
    const doing = rig.begin(`${own.prefix} trap 'echo cleaned; exit 3' TERM; sleep 1000 & ${loop}`);
    await eventually(() => doing.output().includes('more'));
    expect(await suspend(doing)).toBe(null);
    const shown = doing.output();
    const { end, ms } = await doing.stop();
    expect(end).toEqual(GONE);
    expect(ms).toBeLessThan(4_500);
    expect(
      doing
        .output()
        .slice(shown.length)
        .replace(/^more\n/u, ''),
    ).toBe('cleaned\n');
    expect(own.processes()).toEqual([]);
  });

  test('what ignores TERM is killed after the grace time, also halted', async () => {
    const own = mark();
    const doing = rig.begin(`${own.prefix} trap '' TERM; while :; do sleep 1000; done`, {
      graceMs: 300,
    });
    await own.count(2);
    expect(await suspend(doing)).toBe(null);
    expect((await doing.stop()).end).toEqual(GONE);
    expect(own.processes()).toEqual([]);
  });

  test('a trap for TERM of a job of its own runs too: it is not hung up', async () => {
    const own = mark();
    const job = `trap "echo cleaned; exit" TERM; while :; do sleep 0.01; done`;
    const doing = rig.begin(`${own.prefix} set -m; sh -c '${job}' & echo begun; wait; true`);
    await eventually(() => doing.output() === 'begun\n');
    await own.atLeast(2);
    expect(await suspend(doing)).toBe(null);
    expect((await doing.stop()).end).toEqual(GONE);
    expect(doing.output()).toBe('begun\ncleaned\n');
  });

  test('a job of its own is not taken for stopped by its shell', async () => {
    const own = mark();
    let finish: () => void = () => undefined;
    const told = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const input = async function* (): AsyncGenerator<Uint8Array> {
      await told;
      yield Buffer.from('go\n');
    };
    const doing = rig.begin(
      `${own.prefix} set -m; sh -c 'read x; echo job $x; exit 5'; echo "then $?"`,
      { input },
    );
    await own.count(2);
    for (let round = 0; round < 5; round += 1) {
      expect(await suspend(doing)).toBe(null);
      expect(await resume(doing)).toBe(null);
    }
    finish();
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.output()).toBe('job go\nthen 5\n');
  });

  test('what forks as fast as it can is halted whole', async () => {
    const own = mark();
    const doing = rig.begin(`${own.prefix} while :; do (sleep 0.2; :) & sleep 0.01; done`);
    await eventually(() => own.processes().length > 3);
    expect(await suspend(doing)).toBe(null);
    await eventually(() => standStill(own));
    const halted = own.processes().map(({ pid }) => pid);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(own.processes().map(({ pid }) => pid)).toEqual(halted);
    expect((await doing.stop()).end).toEqual(GONE);
    expect(own.processes()).toEqual([]);
  });

  test('other commands of the same connection go on', async () => {
    const connection = await rig.connect();
    const marks = [mark(), mark(), mark()] as const;
    const doings: Doing[] = [];
    for (const one of marks) {
      doings.push(rig.begin(`${one.prefix} sleep 1000 & sleep 1000; true`, {}, connection));
      await one.count(3);
    }
    const [first, middle, last] = doings as [Doing, Doing, Doing];
    expect(await Promise.all([suspend(middle), suspend(last)])).toEqual([null, null]);
    expect(marks.map(states)).toEqual(['SSS', 'TTT', 'TTT']);
    expect(await resume(last)).toBe(null);
    await eventually(() => marks.map(states).join() === 'SSS,TTT,SSS');
    for (const one of [first, last, middle]) expect((await one.stop()).end).toEqual(GONE);
    expect(marks.map(states)).toEqual(['', '', '']);
  });

  test('a stop that comes while it is being suspended, or resumed, ends it all the same', async () => {
    for (const first of ['suspend', 'resume'] as const) {
      const own = mark();
      const doing = rig.begin(`${own.prefix} trap 'echo cleaned; exit' TERM; sleep 1000 & wait`);
      await own.count(2);
      // Once it is stopped, a command that its server has not told of yet can be suspended no more.
      await eventually(() => doing.suspendable());
      if (first === 'resume') expect(await suspend(doing)).toBe(null);
      const acting = act(doing, first);
      const { end, ms } = await doing.stop();
      await acting;
      expect(end).toEqual(GONE);
      expect(ms).toBeLessThan(4_500);
      expect(doing.output()).toBe('cleaned\n');
      expect(own.processes()).toEqual([]);
    }
  });

  test('what somebody kills meanwhile ends, and what is left of it goes on', async () => {
    const own = mark();
    const doing = rig.begin(`${own.prefix} sleep 1000 >/dev/null 2>&1 & exec sleep 1001`);
    const found = await own.count(2);
    expect(await suspend(doing)).toBe(null);
    signalProcess(found.find(({ args }) => args[1] === '1001')?.pid ?? -1, 'SIGKILL');
    expect(await doing.end).toMatchObject({ kind: 'signal', signal: 'KILL' });
    await eventually(() => states(own) === 'S');
    signalProcess(own.processes()[0]?.pid ?? -1, 'SIGKILL');
  });

  test('everything goes on where this side is gone', async () => {
    const own = mark();
    const doing = rig.begin(`${own.prefix} sleep 1000 & wait`);
    const [command] = await own.count(2);
    expect(await suspend(doing)).toBe(null);
    expect(states(own)).toBe('TT');
    let server = processInfo(command?.parent ?? -1);
    while (server !== null && !isServer(server.args)) server = processInfo(server.parent);
    signalProcess(server?.pid ?? -1, 'SIGKILL');
    await expect(doing.end).rejects.toThrow(/connection/u);
    await eventually(() => states(own) === 'SS');
    for (const { pid } of own.processes()) signalProcess(pid, 'SIGKILL');
  });

  test('it goes on also where somebody killed the shell that holds it halted', async () => {
    const own = mark();
    const doing = rig.begin(`${own.prefix} setsid -f sleep 1000; sleep 1000; true`);
    const marked = await own.count(3);
    expect(await suspend(doing)).toBe(null);
    for (const pid of holders(marked[0]?.parent ?? -1, own)) signalProcess(pid, 'SIGKILL');
    expect(await resume(doing)).toBe(null);
    expect(states(own)).not.toContain('T');
    expect(await suspend(doing)).toBe(null);
    for (const pid of holders(marked[0]?.parent ?? -1, own)) signalProcess(pid, 'SIGKILL');
    expect((await doing.stop()).end).toEqual(GONE);
    expect(own.processes()).toEqual([]);
  });

  test('what is suspended twice, or resumed without, stays as it is', async () => {
    const own = mark();
    const doing = rig.begin(`${own.prefix} exec sleep 1000`);
    await own.count(1);
    expect(await resume(doing)).toBe(null);
    await eventually(() => states(own) === 'S');
    const work = doing.suspendable();
    expect(await Promise.all([work?.suspend(), work?.suspend()])).toEqual([null, null]);
    expect(states(own)).toBe('T');
    expect((await doing.stop()).end).toEqual(GONE);
    expect(await work?.suspend()).toBe('it is being ended');
  });
});

/** The shells of a server that are not the command's. */
function holders(server: number, own: Mark): readonly number[] {
  const commands = new Set(own.processes().map(({ pid }) => pid));
  return descendantsOf(server)
    .map(({ pid }) => pid)
    .filter((pid) => !commands.has(pid));
}

function isServer(args: readonly string[]): boolean {
  return args[0]?.includes('sshd') === true;
}

describe('where a server allows few sessions', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ config: ['MaxSessions 4'] });
  });
  afterAll(() => rig.close());

  test('those that are suspended together take turns, also in being resumed and stopped', async () => {
    const connection = await rig.connect();
    const own = mark();
    const doings = [1, 2, 3].map(() => rig.begin(`${own.prefix} sleep 1000; true`, {}, connection));
    await own.count(6);
    expect(await Promise.all(doings.map(suspend))).toEqual([null, null, null]);
    expect(states(own)).toBe('TTTTTT');
    expect(await Promise.all(doings.map(resume))).toEqual([null, null, null]);
    await eventually(() => states(own) === 'SSSSSS');
    expect(await Promise.all(doings.map(suspend))).toEqual([null, null, null]);
    expect(states(own)).toBe('TTTTTT');
    const ends = await Promise.all(doings.map((doing) => doing.stop()));
    expect(ends.map(({ end }) => end)).toEqual([GONE, GONE, GONE]);
    expect(own.processes()).toEqual([]);
  });

  test('a command gets the session that only watches over a suspended one', async () => {
    const connection = await rig.connect();
    const own = mark();
    const doings = [1, 2].map(() => rig.begin(`${own.prefix} exec sleep 1000`, {}, connection));
    await own.count(2);
    expect(await Promise.all(doings.map(suspend))).toEqual([null, null]);
    expect(await rig.begin('true', {}, shared(connection, true)).end).toEqual({
      kind: 'exit',
      code: 0,
    });
    expect(states(own)).toBe('TT');
    for (const doing of doings) expect(await resume(doing)).toBe(null);
    // Who has just been let go on runs for a moment before it sleeps again.
    await eventually(() => states(own) === 'SS');
    for (const doing of doings) expect((await doing.stop()).end).toEqual(GONE);
  });
});

describe('where a command cannot be suspended', () => {
  test('that is said, and it goes on: no second session', async () => {
    const rig = await startRig({ config: ['MaxSessions 1'] });
    try {
      const own = mark();
      const doing = rig.begin(`${own.prefix} sleep 1000; true`);
      await own.count(2);
      expect(await suspend(doing)).toBe('the host allows no second session');
      await eventually(() => states(own) === 'SS');
      for (const { pid } of own.processes()) signalProcess(pid, 'SIGKILL');
      await doing.end;
    } finally {
      await rig.close();
    }
  });

  test('that is said, and it goes on: no shell', async () => {
    const rig = await startRig({
      config: [
        'ForceCommand case $SSH_ORIGINAL_COMMAND in exec*) exit 0;; esac; eval "$SSH_ORIGINAL_COMMAND"',
      ],
    });
    try {
      const own = mark();
      const doing = rig.begin(`${own.prefix} sleep 1000; true`);
      await own.atLeast(2);
      expect(await suspend(doing)).toBe('the host has no shell that answers');
      expect(states(own)).not.toContain('T');
      for (const { pid } of own.processes()) signalProcess(pid, 'SIGKILL');
      await doing.end;
    } finally {
      await rig.close();
    }
  });

  test('that is said, and what was halted goes on: one process that takes no signal', async () => {
    const rig = await startRig();
    try {
      const own = mark();
      const text = `${own.prefix} sleep 1000; true`;
      const listener = { data: () => undefined };
      const command = await sendCommand(systemClock, await rig.connect(), text, listener);
      await own.count(2);
      // Halts no sleep: as where it is root's and the user is not.
      const deaf = `case $1 in -STOP) builtin kill -STOP ${own.processes()[0]?.pid} ;; *) builtin kill "$@" ;; esac`;
      const shell = `env 'BASH_FUNC_kill%%=() { ${deaf}; }' bash`;
      const suspension = new Suspension(command, { clock: systemClock, shell });
      expect(await suspension.suspend()).toBe('1 process could not be halted');
      await eventually(() => states(own) === 'SS');
      const ending = await endCommand(command, { clock: systemClock, graceMs: 1_000 });
      expect(ending).toEqual({ confirmed: true, note: null });
    } finally {
      await rig.close();
    }
  });

  test('that is said in time, and it goes on: a server that is frozen', async () => {
    const rig = await startRig({ user: 'plain' });
    try {
      const own = mark();
      const text = `${own.prefix} exec sleep 1000`;
      const listener = { data: () => undefined };
      const command = await sendCommand(systemClock, await rig.connect(), text, listener);
      const [sleep] = await own.count(1);
      const server = sleep?.parent ?? -1;
      signalProcess(server, 'SIGSTOP');
      const suspension = new Suspension(command, { clock: HASTY });
      const from = performance.now();
      expect(await suspension.suspend()).toBe('the host opened no second channel');
      expect(performance.now() - from).toBeLessThan(10_000 / HASTE + 500);
      signalProcess(server, 'SIGCONT');
      const ending = await endCommand(command, { clock: systemClock, graceMs: 1_000 });
      expect(ending).toEqual({ confirmed: true, note: null });
    } finally {
      await rig.close();
    }
  });
});

/** Deadlines come so many times earlier. */
const HASTE = 8;
const HASTY: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * HASTE,
  after: (ms, task) => systemClock.after(ms / HASTE, task),
};
