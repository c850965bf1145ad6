import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { JobEvent } from '../../src/model/event.ts';
import { jobToJson } from '../../src/presenters/json-forms.ts';
import {
  createReceivePresenter,
  type ReceivePresenterOptions,
} from '../../src/presenters/receive.ts';
import type { OutputMode } from '../../src/presenters/create.ts';
import {
  child,
  end,
  failed,
  failing,
  failure,
  fold,
  job,
  memory,
  record,
  state,
} from './events.ts';

const PLAIN = {
  fold,
  clock: systemClock,
  total: 3,
  noPrefix: false,
  quiet: false,
  verbosity: 0,
  outputDir: null,
  summary: false,
} as const;

async function show(
  mode: OutputMode,
  events: readonly JobEvent[],
  options: Partial<ReceivePresenterOptions> = {},
): Promise<{ stdout: string; stderr: string }> {
  const [stdout, stderr] = [memory(), memory()];
  const presenter = createReceivePresenter(mode, {
    ...PLAIN,
    stdout,
    stderr,
    ...options,
  });
  let view = presenter.open();
  for (const event of events) {
    await view.handle(event);
    if (event.event === 'end') view = presenter.open();
  }
  await presenter.finish();
  return { stdout: stdout.text(), stderr: stderr.text() };
}

/** Job 1 ended, and job 5 still runs. */
const FIRST = job([child('web1'), failed('web2', 'exit-code', 'exit code 7', { exitCode: 7 })]);
const RUNNING = child('db1', { id: 6, parentId: 5, state: 'Running', end: null });
const SECOND = { ...job([RUNNING]), id: 5, children: [RUNNING] };
const EVENTS: readonly JobEvent[] = [
  record(2, 'web1', 'one\n'),
  record(3, 'web2', 'two\n'),
  end(FIRST),
  record(6, 'db1', 'three'),
  end(SECOND),
];
const FAILED = 'muster: web2: failed: exit code 7\n';

describe('several received jobs', () => {
  test('live has the lines of each, and the failure of a failed child though no event told it', async () => {
    expect(await show('live', EVENTS)).toEqual({
      stdout: 'web1: one\nweb2: two\ndb1: three\n',
      stderr: FAILED,
    });
  });

  test('live tells a failure once, where its event came too, and in its place', async () => {
    const output = memory();
    const events = [
      record(3, 'web2', 'two\n'),
      failing(3, 'web2', failure('exit-code', 'exit code 7')),
      record(2, 'web1', 'one\n'),
      end(FIRST),
    ];
    await show('live', events, { stdout: output, stderr: output });
    expect(output.text()).toBe(`web2: two\n${FAILED}web1: one\n`);
  });

  test.each(['json', 'gather', 'table'] as const)(
    '%s has written nothing before the end of the job',
    async (mode) => {
      const presenter = createReceivePresenter(mode, {
        ...PLAIN,
        stdout: memory(),
        stderr: memory(),
      });
      const view = presenter.open();
      await view.handle(record(2, 'web1', 'one\n'));
      expect(view.unwritten(2)).toBe('all');
      expect(presenter.isOneDocument).toBe(mode === 'json');
    },
  );

  test('a failure is told again on the next receive', async () => {
    expect((await show('live', [end(FIRST), end(FIRST)])).stderr).toBe(FAILED + FAILED);
  });

  test('json is one array of all, each as run has it, with what is left to receive as it is', async () => {
    const { stdout, stderr } = await show('json', EVENTS);
    const [web1, web2] = jobToJson(FIRST)['children'] as object[];
    expect(JSON.parse(stdout)).toEqual([
      {
        ...jobToJson(FIRST),
        children: [
          { ...web1, output: 'one\n', error: '' },
          { ...web2, output: 'two\n', error: '' },
        ],
      },
      {
        ...jobToJson(SECOND),
        children: [
          { ...(jobToJson(SECOND)['children'] as object[])[0], output: 'three', error: '' },
        ],
      },
    ]);
    expect(stdout.endsWith('}\n]\n')).toBe(true);
    expect(stderr).toBe('');
  });

  test('json of no job is an empty array', async () => {
    expect((await show('json', [])).stdout).toBe('[]\n');
  });

  test('jsonl has the events of each, with its end, and what is left to receive as it is', async () => {
    const lines = (await show('jsonl', EVENTS)).stdout.trim().split('\n');
    const events = lines.map((line) => JSON.parse(line) as { event: string; job?: object });
    expect(events.map(({ event }) => event)).toEqual(['record', 'record', 'end', 'record', 'end']);
    expect(events.filter(({ event }) => event === 'end').map((event) => event.job)).toEqual([
      jobToJson(FIRST),
      jobToJson(SECOND),
    ]);
  });

  test('gather has the output of each job by itself, and its failures folded', async () => {
    const rule = '-'.repeat(15);
    const same = [record(2, 'web1', 'x\n'), end(job([child('web1')]))];
    const { stdout } = await show('gather', [...same, ...same]);
    expect(stdout).toBe(`${rule}\nweb1\n${rule}\nx\n`.repeat(2));
    expect((await show('gather', EVENTS)).stderr).toBe(FAILED);
  });

  test('table has a table for each job, quiet has nothing', async () => {
    const { stdout } = await show('table', EVENTS);
    expect(stdout.split('\n').filter((line) => line.startsWith('Host '))).toHaveLength(2);
    expect(stdout).toContain('web2  Failed            7    0.10 s  exit code 7\n');
    expect(await show('quiet', EVENTS)).toEqual({ stdout: '', stderr: '' });
  });

  test('a summary comes after each job, where one is wanted', async () => {
    const { stderr } = await show('live', EVENTS, { summary: true });
    expect(stderr.match(/^\d hosts?\b/gmu)).toEqual(['2 hosts', '1 host']);
    expect((await show('live', EVENTS, { summary: true, quiet: true })).stderr).toBe(FAILED);
    const gathered = await show('gather', EVENTS, { summary: true });
    expect(gathered.stderr).not.toContain('muster:');
    expect(gathered.stderr).toContain('failed     1  web2  exit code 7');
  });

  test('files of one directory hold what every job said, hosts of two jobs apart', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'muster-receive-'));
    try {
      const again = {
        ...FIRST,
        children: FIRST.children.map((one) => ({ ...one, id: one.id + 10 })),
      };
      const events = [...EVENTS.slice(0, 3), record(12, 'web1', 'again\n'), end(again)];
      await show('quiet', events, { outputDir: directory });
      expect(readdirSync(directory)).toHaveLength(8);
      expect(readFileSync(join(directory, 'web1.out'), 'utf8')).toBe('one\n');
      expect(readFileSync(join(directory, 'web1~2.out'), 'utf8')).toBe('again\n');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('lines of jobs that come mixed stay whole, and the end of one job ends no other’s', async () => {
    const stdout = memory();
    const presenter = createReceivePresenter('live', { ...PLAIN, stdout, stderr: memory() });
    const [first, second] = [presenter.open(), presenter.open()];
    await first.handle(record(2, 'web1', 'one '));
    await second.handle(record(6, 'db1', 'thr'));
    await first.handle(record(2, 'web1', 'line\n'));
    await first.handle(end(FIRST));
    await second.handle(record(6, 'db1', 'ee'));
    await second.handle(end(SECOND));
    await presenter.finish();
    expect(stdout.text()).toBe('web1: one line\ndb1: three\n');
  });

  test('one line of progress stands for all jobs, until the last is done', async () => {
    const due: (() => void)[] = [];
    const clock = {
      ...systemClock,
      after: (_: number, task: () => void) => {
        due.push(task);
        return { cancel: () => undefined, unref: () => undefined };
      },
    };
    const screen = memory({ terminal: true });
    const presenter = createReceivePresenter('quiet', {
      ...PLAIN,
      stdout: screen,
      stderr: screen,
      clock,
    });
    const view = presenter.open();
    await view.handle(state(2, 'web1', 'Running', 'NotStarted'));
    await view.handle(state(2, 'web1', 'Completed'));
    await view.handle(end(FIRST));
    due.shift()?.();
    await expect.poll(() => screen.text()).toContain('1 of 3 done');
    const before = screen.writes.length;
    await presenter.finish();
    expect(screen.writes.length).toBe(before + 1);
  });
});
