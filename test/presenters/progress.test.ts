import { describe, expect, test, vi } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { createPresenter, type JobPresenter } from '../../src/presenters/create.ts';
import { child, end, fold, job, memory, record, state, type MemoryOutput } from './events.ts';

interface Task {
  readonly at: number;
  readonly task: () => void;
}

/** A clock that moves when it is told to. */
function handClock(): Clock & { advance(ms: number): Promise<void>; readonly waiting: number } {
  let now = 0;
  let tasks: Task[] = [];
  return {
    now: () => now,
    monotonic: () => now,
    after(ms, task) {
      const entry = { at: now + ms, task };
      tasks.push(entry);
      return {
        cancel: () => {
          tasks = tasks.filter((each) => each !== entry);
        },
        unref: () => undefined,
      };
    },
    get waiting() {
      return tasks.length;
    },
    async advance(ms) {
      now += ms;
      const due = tasks.filter(({ at }) => at <= now);
      tasks = tasks.filter(({ at }) => at > now);
      for (const { task } of due) task();
      // The first tick loads ora; each ends with the next one waiting.
      if (due.length > 0) await vi.waitFor(() => expect(tasks.length).toBeGreaterThan(0));
    },
  };
}

interface View {
  readonly screen: MemoryOutput;
  readonly clock: ReturnType<typeof handClock>;
  readonly presenter: JobPresenter;
}

interface ViewOptions {
  readonly quiet?: boolean;
  readonly terminal?: boolean;
  readonly batches?: readonly number[];
}

function view(options: ViewOptions = {}): View {
  const screen = memory({ terminal: options.terminal ?? true });
  const clock = handClock();
  const presenter = createPresenter('live', {
    stdout: screen,
    stderr: screen,
    fold,
    clock,
    total: 5,
    batches: options.batches ?? [],
    noPrefix: false,
    quiet: options.quiet ?? false,
    verbosity: 0,
    outputDir: null,
  });
  return { screen, clock, presenter };
}

/** What a terminal shows after these bytes: lines, with the cursor movements that a progress line uses obeyed. */
function rendered(text: string): string[] {
  const lines = [''];
  let column = 0;
  const tokens = text.matchAll(/\u001B\[(?<argument>\??\d*)(?<command>[A-Za-z])|(?<plain>[^])/gu);
  for (const { groups } of tokens) {
    const { argument, command, plain } = groups ?? {};
    if (command === 'G') column = Number(argument) - 1;
    else if (command === 'K') lines[lines.length - 1] = (lines.at(-1) ?? '').slice(0, column);
    else if (plain === '\n') {
      lines.push('');
      column = 0;
    } else if (plain !== undefined) {
      const line = lines.at(-1) ?? '';
      lines[lines.length - 1] = line.slice(0, column) + plain + line.slice(column + 1);
      column += 1;
    }
  }
  return lines;
}

describe('the progress line', () => {
  test('says how many are done, failed, running and queued, on one line', async () => {
    const { screen, clock, presenter } = view();
    await presenter.handle(state(1, null, 'Running', 'NotStarted'));
    for (const id of [2, 3, 4])
      await presenter.handle(state(id, `web${id}`, 'Running', 'NotStarted'));
    await clock.advance(400);
    expect(rendered(screen.text())).toEqual([
      expect.stringMatching(/^\S 0 of 5 done, 3 running, 2 queued$/u),
    ]);
    await presenter.handle(state(2, 'web2', 'Completed'));
    await presenter.handle(state(3, 'web3', 'Failed'));
    await clock.advance(100);
    expect(rendered(screen.text())).toEqual([
      expect.stringMatching(/^\S 2 of 5 done, 1 failed, 1 running, 2 queued$/u),
    ]);
  });

  test('says which batch it is, the next one between two', async () => {
    const { screen, clock, presenter } = view({ batches: [1, 2, 2] });
    await presenter.handle(state(2, 'web2', 'Running', 'NotStarted'));
    await clock.advance(400);
    expect(rendered(screen.text()).at(-1)).toMatch(/^\S batch 1 of 3: 0 of 5 done, 1 running/u);
    await presenter.handle(state(2, 'web2', 'Completed'));
    await clock.advance(100);
    expect(rendered(screen.text()).at(-1)).toMatch(/^\S batch 2 of 3: 1 of 5 done, 4 queued/u);
    for (const id of [3, 4, 5, 6])
      await presenter.handle(state(id, `web${id}`, 'Stopped', 'NotStarted'));
    await clock.advance(100);
    expect(rendered(screen.text()).at(-1)).toMatch(/^\S batch 3 of 3: 5 of 5 done/u);
    await presenter.clear();
  });

  test('gives way to whoever types there, and comes back', async () => {
    const { screen, clock, presenter } = view();
    await presenter.handle(state(2, 'web2', 'Running', 'NotStarted'));
    await clock.advance(400);
    const goOn = await presenter.hold();
    await clock.advance(100);
    expect(rendered(screen.text())).toEqual(['']);
    goOn();
    await clock.advance(100);
    expect(rendered(screen.text()).at(-1)).toContain('1 running');
    await presenter.clear();
  });

  test('has the percentage of what commands say of their progress, done hosts counted as whole', async () => {
    const { screen, clock, presenter } = view();
    for (const id of [2, 3, 4])
      await presenter.handle(state(id, `web${id}`, 'Running', 'NotStarted'));
    await presenter.handle(record(2, 'web2', '40 unpacking\n', 'progress'));
    await presenter.handle(record(3, 'web3', '20\n', 'progress'));
    await presenter.handle(record(4, 'web4', 'no number\n', 'progress'));
    await clock.advance(400);
    expect(rendered(screen.text()).at(-1)).toMatch(/ 0 of 5 done, 3 running, 2 queued, 12%$/u);
    await presenter.handle(record(2, 'web2', '900%\n', 'progress'));
    await presenter.handle(record(3, 'web3', '60.5\n', 'progress'));
    await presenter.handle(state(2, 'web2', 'Completed'));
    await clock.advance(100);
    expect(rendered(screen.text()).at(-1)).toMatch(/ 1 of 5 done, 2 running, 2 queued, 32%$/u);
    await presenter.handle(state(3, 'web3', 'Failed'));
    await clock.advance(100);
    expect(rendered(screen.text()).at(-1)).toMatch(
      / 2 of 5 done, 1 failed, 1 running, 2 queued, 40%$/u,
    );
    await presenter.handle(end(job([child('web2')])));
  });

  test('is never in a line of output, and comes back below it', async () => {
    const { screen, clock, presenter } = view();
    await presenter.handle(state(2, 'web1', 'Running', 'NotStarted'));
    await clock.advance(400);
    await presenter.handle(record(2, 'web1', 'one\n'));
    expect(rendered(screen.text())).toEqual(['web1: one', '']);
    await clock.advance(100);
    expect(rendered(screen.text())).toEqual(['web1: one', expect.stringContaining('1 running')]);
    await presenter.handle(record(2, 'web1', 'oh\n', 'error'));
    expect(rendered(screen.text())).toEqual(['web1: one', 'web1: oh', '']);
  });

  test('is gone before the summary, and leaves no timer', async () => {
    const { screen, clock, presenter } = view();
    await presenter.handle(state(2, 'web1', 'Running', 'NotStarted'));
    await clock.advance(400);
    await presenter.handle(end(job([child('web1')])));
    expect(rendered(screen.text())).toEqual([
      'completed  1  web1',
      '1 host, mean 0.10 s, median 0.10 s, slowest 0.10 s (web1)',
      '',
    ]);
    expect(clock.waiting).toBe(0);
  });

  test('can be taken away before the end', async () => {
    const { screen, clock, presenter } = view();
    await presenter.handle(state(2, 'web1', 'Running', 'NotStarted'));
    await clock.advance(400);
    await presenter.clear();
    expect([rendered(screen.text()), clock.waiting]).toEqual([[''], 0]);
    await presenter.handle(state(3, 'web2', 'Running', 'NotStarted'));
    expect(clock.waiting).toBe(0);
  });

  test('does not begin for a job that is over soon', async () => {
    const { screen, clock, presenter } = view();
    await presenter.handle(state(2, 'web1', 'Running', 'NotStarted'));
    await clock.advance(399);
    await presenter.handle(end(job([child('web1')])));
    expect([screen.text().includes('\u001B'), clock.waiting]).toEqual([false, 0]);
  });

  test.each([
    ['where stderr is no terminal', { terminal: false }],
    ['where no progress is wanted', { quiet: true }],
  ])('is not there %s', async (_, options) => {
    const { clock, presenter } = view(options);
    await presenter.handle(state(2, 'web1', 'Running', 'NotStarted'));
    expect(clock.waiting).toBe(0);
  });

  test('never hides the cursor, which nobody would show again after a crash', async () => {
    const { screen, clock, presenter } = view();
    await presenter.handle(state(2, 'web1', 'Running', 'NotStarted'));
    await clock.advance(400);
    await presenter.handle(end(job([child('web1')])));
    expect(screen.text()).not.toContain('\u001B[?25l');
  });
});
