import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { JobEvent } from '../../src/model/event.ts';
import {
  createPresenter,
  OUTPUT_MODES,
  type OutputMode,
  type PresenterOptions,
} from '../../src/presenters/create.ts';
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

const VIEW = job([
  child('web1'),
  failed('web2', 'exit-code', 'exit code 7', { exitCode: 7 }),
  failed('web3', 'exit-code', 'exit code 7', { exitCode: 7 }),
]);

const EVENTS: readonly JobEvent[] = [
  state(1, null, 'Running', 'NotStarted'),
  state(2, 'web1', 'Running', 'NotStarted'),
  record(2, 'web1', 'connect took 0.012 s (127.0.0.1 port 22)\n', 'verbose'),
  record(2, 'web1', 'ssh: sent KEXINIT\n', 'debug'),
  record(2, 'web1', 'hello\n'),
  state(2, 'web1', 'Completed'),
  failing(3, 'web2', failure('exit-code', 'exit code 7')),
  failing(4, 'web3', failure('exit-code', 'exit code 7')),
  state(1, null, 'Failed'),
  end(VIEW),
];

const SUMMARY = `completed  1  web1
failed     2  web[2-3]  exit code 7
3 hosts, mean 0.10 s, median 0.10 s, slowest 0.10 s (web1)
`;

async function show(
  mode: OutputMode,
  options: Partial<PresenterOptions> = {},
  events: readonly JobEvent[] = EVENTS,
): Promise<{ stdout: string; stderr: string }> {
  const [stdout, stderr] = [memory(), memory()];
  const presenter = createPresenter(mode, {
    stdout,
    stderr,
    fold,
    clock: systemClock,
    total: 3,
    noPrefix: false,
    quiet: false,
    verbosity: 0,
    outputDir: null,
    ...options,
  });
  for (const event of events) await presenter.handle(event);
  await presenter.clear();
  return { stdout: stdout.text(), stderr: stderr.text() };
}

const FAILURES = 'muster: web2: failed: exit code 7\nmuster: web3: failed: exit code 7\n';

describe('a mode', () => {
  test('live has lines, failures and the summary', async () => {
    expect(await show('live')).toEqual({ stdout: 'web1: hello\n', stderr: FAILURES + SUMMARY });
  });

  test('live without prefixes has the lines alone', async () => {
    expect((await show('live', { noPrefix: true })).stdout).toBe('hello\n');
  });

  test('gather has each output once, and the summary', async () => {
    const rule = '-'.repeat(15);
    expect(await show('gather')).toEqual({
      stdout: `${rule}\nweb1\n${rule}\nhello\n`,
      stderr: SUMMARY,
    });
  });

  test('gather without a summary has its failures folded', async () => {
    expect((await show('gather', { quiet: true })).stderr).toBe(
      'muster: web[2-3]: failed: exit code 7\n',
    );
  });

  test('table has a row for each host, and the summary', async () => {
    const { stdout, stderr } = await show('table');
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'Host',
      'web1',
      'web2',
      'web3',
      '',
    ]);
    expect(stderr).toBe(SUMMARY);
  });

  test('json has one document, and the summary where a host did not complete', async () => {
    const { stdout, stderr } = await show('json');
    expect(JSON.parse(stdout)).toMatchObject({ id: 1, children: [{ output: 'hello\n' }, {}, {}] });
    expect(stderr).toBe(SUMMARY);
    const fine = await show('json', {}, [end(job([child('web1')]))]);
    expect(fine.stderr).toBe('');
  });

  test('jsonl has events', async () => {
    const { stdout } = await show('jsonl');
    const events = stdout.split('\n').slice(0, -1);
    expect(events.map((line) => (JSON.parse(line) as JobEvent).event)).toEqual([
      'state',
      'state',
      'record',
      'record',
      'record',
      'state',
      'state',
      'state',
      'state',
      'end',
    ]);
  });

  test('quiet has nothing on stdout', async () => {
    expect(await show('quiet')).toEqual({ stdout: '', stderr: SUMMARY });
    expect(await show('quiet', { quiet: true })).toEqual({ stdout: '', stderr: '' });
  });

  test.each(OUTPUT_MODES)('%s without a summary has none', async (mode) => {
    expect((await show(mode, { quiet: true })).stderr).not.toContain('3 hosts');
  });
});

describe('failures in live mode', () => {
  test('come as they happen, and once', async () => {
    const stderr = memory();
    const presenter = createPresenter('live', {
      stdout: memory(),
      stderr,
      fold,
      clock: systemClock,
      total: 3,
      noPrefix: false,
      quiet: true,
      verbosity: 0,
      outputDir: null,
    });
    await presenter.handle(failing(3, 'web2', failure('exit-code', 'exit code 7')));
    expect(stderr.text()).toBe('muster: web2: failed: exit code 7\n');
    await presenter.handle(end(VIEW));
    expect(stderr.text()).toBe('muster: web2: failed: exit code 7\n');
  });

  test('name the hop that failed, and have safe names', async () => {
    const via = failure('refused', 'connection refused on port 22', { via: 'bastion' });
    const { stderr } = await show('live', { quiet: true }, [failing(2, 'we\u001Bb', via)]);
    expect(stderr).toBe(
      'muster: we^[b: failed: jump host bastion: connection refused on port 22\n',
    );
  });

  test('come after the last line of their host', async () => {
    const output = memory();
    await show('live', { stdout: output, stderr: output, quiet: true }, [
      record(2, 'web1', 'last words'),
      failing(2, 'web1', failure('exit-code', 'exit code 7')),
    ]);
    expect(output.text()).toBe('web1: last words\nmuster: web1: failed: exit code 7\n');
  });
});

describe('what goes with a mode', () => {
  test('-v has phases, -vv the conversation too', async () => {
    const phase = 'muster: web1: connect took 0.012 s (127.0.0.1 port 22)\n';
    const quiet = { quiet: true } as const;
    expect((await show('quiet', quiet)).stderr).toBe('');
    expect((await show('quiet', { ...quiet, verbosity: 1 })).stderr).toBe(phase);
    expect((await show('quiet', { ...quiet, verbosity: 2 })).stderr).toBe(
      `${phase}muster: web1: ssh: sent KEXINIT\n`,
    );
  });

  test("files of every host, beside the mode's own output", async () => {
    const directory = mkdtempSync(join(tmpdir(), 'muster-create-'));
    try {
      const { stdout } = await show('live', { outputDir: directory });
      expect(stdout).toBe('web1: hello\n');
      expect(readdirSync(directory).filter((name) => name.startsWith('web1'))).toEqual([
        'web1.debug',
        'web1.err',
        'web1.out',
        'web1.verbose',
      ]);
      expect(readdirSync(directory)).toHaveLength(8);
      expect(readFileSync(join(directory, 'web1.out'), 'utf8')).toBe('hello\n');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('trouble with the files comes after everything else was shown', async () => {
    const stderr = memory();
    const shown = show('live', { stderr, outputDir: '/nonexistent/muster' });
    await expect(shown).rejects.toThrow(/could not be written whole/u);
    expect(stderr.text()).toContain('completed  1  web1\n');
    expect(stderr.text()).toContain('muster: cannot write /nonexistent/muster/web1.out: ');
  });
});
