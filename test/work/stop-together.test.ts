import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { signalProcess } from '../helpers/processes.ts';
import { GONE, mark, startRig, stateOf, type Doing, type Mark, type Rig } from './rig.ts';

/** A shell that ignores TERM, with a child that does: two processes, of which the child is a new one now and then. */
const DEAF = `trap '' TERM; while :; do sleep 1; done`;
const GRACE_MS = 1_000;
/** sshd's MaxSessions is ten, and one is kept free. */
const MOST = 9;

let marks: Mark[] = [];
/** What a stop leaves behind, the test does not. */
afterEach(() => {
  for (const { pid } of marks.flatMap((one) => one.processes())) signalProcess(pid, 'SIGKILL');
  marks = [];
});

function marked(): Mark {
  const own = mark();
  marks.push(own);
  return own;
}

/** Each by a holder of its own, as a controller has them. */
async function begin(
  rig: Rig,
  commands: readonly string[],
  release: boolean,
): Promise<{ readonly doings: readonly Doing[]; readonly own: readonly Mark[] }> {
  const places = await rig.places(commands.length);
  const own = commands.map(marked);
  const doings = commands.map((command, index) => {
    const place = places[index];
    const doing = rig.begin(`${own[index]?.prefix}${command}`, { graceMs: GRACE_MS }, place);
    // A controller gives a place back when its work is done.
    if (release) void doing.end.finally(() => place?.release()).catch(() => undefined);
    return doing;
  });
  for (const one of own) await one.atLeast(1);
  await eventually(() => doings.every((doing) => doing.hasStarted()));
  expect(places.every((place) => place.running.length === commands.length)).toBe(true);
  return { doings, own };
}

async function suspend(doing: Doing): Promise<string | null> {
  return (await eventually(() => doing.suspendable())).suspend();
}

async function stopAll(
  doings: readonly Doing[],
): Promise<{ readonly ends: readonly unknown[]; readonly ms: number }> {
  const from = performance.now();
  const stopped = await Promise.all(doings.map((doing) => doing.stop()));
  return { ends: stopped.map(({ end }) => end), ms: performance.now() - from };
}

function counts(own: readonly Mark[]): readonly number[] {
  return own.map((one) => one.processes().length);
}

describe.each([
  ['root or self', 'root-or-self'],
  ['a plain user', 'plain'],
] as const)('all that one connection runs for %s', (_, user) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ user });
  });
  afterAll(() => rig.close());

  test('is ended within one grace time, also where all of it ignores TERM', async () => {
    const { doings, own } = await begin(rig, Array<string>(MOST).fill(DEAF), true);
    const { ends, ms } = await stopAll(doings);
    expect(ends).toEqual(doings.map(() => GONE));
    expect(counts(own)).toEqual(own.map(() => 0));
    expect(ms).toBeGreaterThan(GRACE_MS - 10);
    expect(ms).toBeLessThan(GRACE_MS + 5_000);
  });

  test('is ended one after the other while the first is still in its grace time', async () => {
    const quick = 'sleep 1000; true';
    const commands = [DEAF, ...Array<string>(MOST - 1).fill(quick)];
    const { doings, own } = await begin(rig, commands, true);
    const first = doings[0]?.stop();
    for (const doing of doings.slice(1)) expect((await doing.stop()).end).toEqual(GONE);
    expect((await first)?.end).toEqual(GONE);
    expect(counts(own)).toEqual(own.map(() => 0));
  });

  test('is ended where some of it is suspended, and what nobody stops goes on', async () => {
    const { doings, own } = await begin(rig, Array<string>(MOST).fill(DEAF), true);
    const suspended = doings.slice(0, 4);
    const results = suspended.map((doing) => suspend(doing));
    expect(await Promise.all(results)).toEqual(suspended.map(() => null));
    const neighbours = [0, 8];
    const going = doings.filter((__, index) => !neighbours.includes(index));
    const { ends } = await stopAll(going);
    expect(ends).toEqual(going.map(() => GONE));
    expect(counts(own).map((count) => count > 0)).toEqual(
      own.map((__, index) => neighbours.includes(index)),
    );
    const states = own[0]?.processes().map(({ pid }) => stateOf(pid));
    expect(states?.every((state) => state === 'T')).toBe(true);
    expect(own[8]?.processes().every(({ pid }) => stateOf(pid) !== 'T')).toBe(true);
    expect(await doings[0]?.suspendable()?.resume()).toBe(null);
    expect(own[0]?.processes().every(({ pid }) => stateOf(pid) !== 'T')).toBe(true);
    const left = neighbours.flatMap((index) => doings[index] ?? []);
    expect((await stopAll(left)).ends).toEqual([GONE, GONE]);
    expect(counts(own)).toEqual(own.map(() => 0));
  });
});

describe('a shell that serves all of a connection', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ user: 'plain' });
  });
  afterAll(() => rig.close());

  test('keeps all of it halted together, and lets all of it go on where this side is gone', async () => {
    const { doings, own } = await begin(rig, Array<string>(MOST).fill('exec sleep 1000'), true);
    const states = (): string =>
      own.flatMap((one) => one.processes().map(({ pid }) => stateOf(pid))).join('');
    const results = doings.map((doing) => suspend(doing));
    expect(await Promise.all(results)).toEqual(doings.map(() => null));
    expect(states()).toBe('T'.repeat(MOST));
    const server = own[0]?.processes()[0]?.parent ?? -1;
    signalProcess(server, 'SIGKILL');
    await Promise.allSettled(doings.map((doing) => doing.end));
    await eventually(() => states() === 'S'.repeat(MOST));
  });

  test('stops what was begun after it was there', async () => {
    const places = await rig.places(2);
    const [first, second] = [marked(), marked()];
    const halted = rig.begin(`${first.prefix} exec sleep 1000`, {}, places[0]);
    await first.count(1);
    expect(await suspend(halted)).toBe(null);
    const later = rig.begin(`${second.prefix} sleep 1000; true`, { graceMs: GRACE_MS }, places[1]);
    await second.count(2);
    expect(places[0]?.running).toHaveLength(3);
    expect((await later.stop()).end).toEqual(GONE);
    expect(counts([first, second])).toEqual([1, 0]);
    const [quick, third] = [rig.begin('true', {}, places[1]), marked()];
    expect(await quick.end).toEqual({ kind: 'exit', code: 0 });
    const last = rig.begin(`${third.prefix} ${DEAF}`, { graceMs: 200 }, places[1]);
    await third.count(2);
    expect((await last.stop()).end).toEqual(GONE);
    expect(counts([first, third])).toEqual([1, 0]);
    expect((await halted.stop()).end).toEqual(GONE);
    // The session of the shell is free again.
    expect(places[0]?.running).toEqual([]);
  });
});

describe('a connection of two sessions', () => {
  test('ends two commands, of which one has to go before the other has a shell', async () => {
    const rig = await startRig({ user: 'plain', config: ['MaxSessions 2'] });
    try {
      const { doings, own } = await begin(rig, ['sleep 1000; true', 'exec sleep 1000'], true);
      const [first, second] = await Promise.all(doings.map((doing) => doing.stop()));
      expect(first?.end).toMatchObject({ kind: 'ended' });
      expect(second?.end).toMatchObject({ kind: 'ended' });
      await Promise.all(own.map((one) => one.count(0)));
      const alone = marked();
      const [place] = await rig.places(1);
      const doing = rig.begin(`${alone.prefix} ${DEAF}`, { graceMs: 200 }, place);
      await alone.count(2);
      expect((await doing.stop()).end).toEqual(GONE);
      expect(alone.processes()).toEqual([]);
    } finally {
      await rig.close();
    }
  });
});
