import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { eventually } from '../../helpers/eventually.ts';
import { environmentOf, processes } from '../../helpers/processes.ts';
import { GONE, type Doing } from '../rig.ts';
import { begin } from './rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'stop-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Whatever has the mark in its environment: what descends from one command, wherever it went. */
function marked(name: string): readonly number[] {
  return processes()
    .filter(({ pid }) => environmentOf(pid).includes(`STOP_TEST=${name}`))
    .map(({ pid }) => pid);
}

/** The state letter of proc(5). */
function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

async function running(
  words: string | readonly string[],
  count: number,
  options: Parameters<typeof begin>[1] = {},
): Promise<{ readonly doing: Doing; readonly name: string }> {
  const name = randomUUID();
  const doing = begin(words, { ...options, env: { STOP_TEST: name } });
  await eventually(() => marked(name).length >= count, { what: `${count} processes` });
  return { doing, name };
}

describe('a local command that is stopped', () => {
  test('before it began leaves nothing', async () => {
    const doing = begin(['sleep', '60'], { go: () => new Promise(() => undefined) });
    expect((await doing.stop()).end).toEqual(GONE);
    expect(doing.hasStarted()).toBe(false);
  });

  test.each<[string, string | readonly string[], number]>([
    ['itself', ['sleep', '61'], 1],
    ['with its children', 'sleep 61 & sleep 61 & wait', 3],
    ['with what ignores HUP', 'nohup sleep 61 >/dev/null 2>&1 & sleep 61', 2],
    ['with what made a session of its own', 'setsid sleep 61 & sleep 61', 2],
    [
      'with what left twice',
      'setsid sh -c "setsid sleep 61 & sleep 61 & sleep 62 &" & sleep 61',
      4,
    ],
    [
      "with what is nobody's child any more",
      '(setsid sh -c "sleep 61 & sleep 61" >/dev/null 2>&1 &) ; (setsid -f sleep 62); sleep 61',
      4,
    ],
    ['while it is suspended by itself', 'sleep 61 & kill -STOP $$', 2],
  ])('%s is gone at once', async (_, words, count) => {
    const { doing, name } = await running(words, count);
    const { end, ms } = await doing.stop();
    expect(marked(name)).toEqual([]);
    expect(end).toEqual(GONE);
    expect(ms).toBeLessThan(2_000);
  });

  test('with what dropped its mark', async () => {
    const { doing, name } = await running('env -i sleep 6123 & sleep 61', 1);
    const bare = await eventually(() =>
      processes().find(({ args }) => args.join(' ') === 'sleep 6123'),
    );
    expect((await doing.stop()).end).toEqual(GONE);
    expect(processes().some(({ pid }) => pid === bare.pid)).toBe(false);
    expect(marked(name)).toEqual([]);
  });

  test('may clean up in its grace time, and what it says then is kept', async () => {
    const { doing } = await running(
      "trap 'sleep 0.2; echo bye; exit 0' TERM; echo on; while :; do sleep 0.05; done",
      1,
    );
    await eventually(() => doing.output() === 'on\n');
    const { end, ms } = await doing.stop();
    expect(end).toEqual(GONE);
    expect(doing.output()).toBe('on\nbye\n');
    expect(ms).toBeLessThan(2_000);
  });

  test('is killed after its grace time where it ignores TERM, with all that do', async () => {
    const { doing, name } = await running(
      "trap '' TERM; (setsid sh -c 'while :; do sleep 0.1; done' &); echo on; while :; do sleep 0.1; done",
      2,
      { graceMs: 400 },
    );
    await eventually(() => doing.output() === 'on\n');
    const { end, ms } = await doing.stop();
    expect(end).toEqual(GONE);
    expect(marked(name)).toEqual([]);
    expect(ms).toBeGreaterThan(390);
    expect(ms).toBeLessThan(2_500);
  });

  test('while it forks without end is gone', async () => {
    // Each process begins the next one and ends: whoever is seen is gone already.
    const script = join(folder, 'chain.sh');
    writeFileSync(script, '[ -e "$1" ] || exit 0\nsh "$0" "$1" &\n');
    const alive = join(folder, 'alive');
    writeFileSync(alive, '');
    const { doing, name } = await running(['sh', '-c', `sh ${script} ${alive} & sleep 61`], 1);
    const { end } = await doing.stop();
    expect(end).toEqual(GONE);
    expect(marked(name)).toEqual([]);
    rmSync(alive);
  });

  test('while its output is held back is gone, too', async () => {
    const { doing, name } = await running('while :; do echo 0123456789; done', 1);
    doing.press(true);
    const { end, ms } = await doing.stop();
    expect(end).toEqual(GONE);
    expect(marked(name)).toEqual([]);
    expect(ms).toBeLessThan(2_000);
  });

  test('leaves its neighbours alone', async () => {
    const other = await running('sleep 61 & sleep 61', 2);
    const { doing } = await running('sleep 61 & setsid sleep 61 & sleep 61', 3);
    expect((await doing.stop()).end).toEqual(GONE);
    expect(marked(other.name)).toHaveLength(2 + 1);
    expect((await other.doing.stop()).end).toEqual(GONE);
  });

  test('is one of many at once', async () => {
    const name = randomUUID();
    const all = Array.from({ length: 20 }, () =>
      begin('setsid sleep 61 & sleep 61', { env: { STOP_TEST: name } }),
    );
    await eventually(() => marked(name).length === 60, { what: 'all there', deadlineMs: 20_000 });
    const from = performance.now();
    const ends = await Promise.all(all.map((doing) => doing.stop()));
    expect(ends.map(({ end }) => end)).toEqual(all.map(() => GONE));
    expect(marked(name)).toEqual([]);
    expect(performance.now() - from).toBeLessThan(5_000);
  });
});

describe('a local command that is suspended', () => {
  test('halts with all that descends from it, goes on, and ends well', async () => {
    const go = join(folder, 'go');
    const wait = `while [ ! -e ${go} ]; do sleep 0.05; done`;
    const { doing, name } = await running(
      `(setsid sh -c 'echo a; ${wait}; echo far' &); echo b; ${wait}; sleep 0.1; echo near`,
      2,
    );
    await eventually(() => doing.output().length === 4);
    expect(await doing.suspendable()?.suspend()).toBeNull();
    expect(
      marked(name)
        .map(stateOf)
        .filter((state) => state !== 'T'),
    ).toEqual([]);
    writeFileSync(go, '');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(doing.output()).not.toMatch(/far|near/u);
    expect(await doing.suspendable()?.resume()).toBeNull();
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.output().split('\n').toSorted()).toEqual(['', 'a', 'b', 'far', 'near']);
    expect(doing.suspendable()).toBeNull();
  });

  test('while it forks without end stands still', async () => {
    const file = join(folder, 'forks');
    writeFileSync(file, '');
    const { doing, name } = await running(
      `while :; do (echo x >> ${file}) & (setsid true) & wait; done`,
      1,
    );
    expect(await doing.suspendable()?.suspend()).toBeNull();
    const size = readFileSync(file).length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(readFileSync(file).length).toBe(size);
    expect((await doing.stop()).end).toEqual(GONE);
    expect(marked(name)).toEqual([]);
  });

  test('can be stopped', async () => {
    const { doing, name } = await running('sleep 61 & setsid sleep 61 & sleep 61', 4);
    expect(await doing.suspendable()?.suspend()).toBeNull();
    const { end, ms } = await doing.stop();
    expect(end).toEqual(GONE);
    expect(marked(name)).toEqual([]);
    expect(ms).toBeLessThan(2_000);
  });
});

test('case 57: a command that has ended has left no process', async () => {
  const doing = begin('echo $$');
  await doing.end;
  const pid = Number(doing.output());
  expect(pid).toBeGreaterThan(1);
  expect(processes().some((one) => one.pid === pid)).toBe(false);
});
