import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { JobEvent } from '../../src/model/event.ts';
import {
  createPresenter,
  type OutputMode,
  type PresenterOptions,
} from '../../src/presenters/create.ts';
import { child, end, failed, fold, job, memory, record, state } from './events.ts';

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
    total: 1,
    noPrefix: false,
    quiet: true,
    verbosity: 0,
    outputDir: null,
    ...options,
  });
  for (const event of events) await presenter.handle(event);
  return { stdout: stdout.text(), stderr: stderr.text() };
}

const EVENTS: readonly JobEvent[] = [
  record(2, 'web1', 'said\n'),
  record(2, 'web1', 'oh\n', 'error'),
  record(2, 'web1', 'take care\n', 'warning'),
  record(2, 'web1', 'by the way\n', 'information'),
  record(2, 'web1', 'connect took 0.012 s\n', 'verbose'),
  record(2, 'web1', 'ssh: sent KEXINIT\n', 'debug'),
  record(2, 'web1', '40 half\n', 'progress'),
  state(2, 'web1', 'Completed'),
  end(job([child('web1')])),
];

const BESIDES = 'web1: warning: take care\nweb1: by the way\n';
const VERBOSE = 'muster: web1: connect took 0.012 s\n';
const DEBUG = 'muster: web1: ssh: sent KEXINIT\n';

describe('the streams of a child', () => {
  test('live has output on stdout and the others on stderr; verbose, debug and progress not unasked', async () => {
    expect(await show('live')).toEqual({
      stdout: 'web1: said\n',
      stderr: `web1: oh\n${BESIDES}`,
    });
  });

  test('verbose and debug lines come with -v and -vv', async () => {
    expect((await show('live', { verbosity: 1 })).stderr).toBe(`web1: oh\n${BESIDES}${VERBOSE}`);
    expect((await show('live', { verbosity: 2 })).stderr).toBe(
      `web1: oh\n${BESIDES}${VERBOSE}${DEBUG}`,
    );
  });

  test('or where they are asked for by name, and progress too', async () => {
    const asked = { streams: ['verbose', 'progress'] as const };
    const wanted = `${BESIDES}${VERBOSE}web1: progress: 40 half\n`;
    expect((await show('live', asked)).stderr).toBe(`web1: oh\n${wanted}`);
    expect((await show('gather', asked)).stderr).toBe(wanted);
  });

  test('without prefixes a warning is still called one, and verbose lines still name their host', async () => {
    const { stdout, stderr } = await show('live', { noPrefix: true, verbosity: 1 });
    expect(stdout).toBe('said\n');
    expect(stderr).toBe(`oh\nwarning: take care\nby the way\n${VERBOSE}`);
  });

  test('gather and table have output and error as ever, and the others on stderr', async () => {
    const gathered = await show('gather', { verbosity: 1, noPrefix: true });
    expect(gathered.stdout).toBe('said\noh\n');
    expect((await show('gather', { verbosity: 1 })).stderr).toBe(BESIDES + VERBOSE);
    expect((await show('table', { verbosity: 2 })).stderr).toBe(BESIDES + VERBOSE + DEBUG);
  });

  test('json has a key for each stream that said something, in the order of the streams', async () => {
    const { stdout, stderr } = await show('json', { verbosity: 1 });
    const [first] = (JSON.parse(stdout) as { children: Record<string, unknown>[] }).children;
    expect(Object.entries(first ?? {}).slice(-7)).toEqual([
      ['output', 'said\n'],
      ['error', 'oh\n'],
      ['warning', 'take care\n'],
      ['verbose', 'connect took 0.012 s\n'],
      ['debug', 'ssh: sent KEXINIT\n'],
      ['information', 'by the way\n'],
      ['progress', '40 half\n'],
    ]);
    expect(stderr).toBe(VERBOSE);
  });

  test('json has base64 of a stream that is no text', async () => {
    const binary = [record(2, 'web1', Uint8Array.of(0xff), 'warning'), end(job([child('web1')]))];
    const { stdout } = await show('json', {}, binary);
    const [first] = (JSON.parse(stdout) as { children: Record<string, unknown>[] }).children;
    expect(first).toMatchObject({ warningBase64: '/w==' });
    expect(first).not.toHaveProperty('warning');
  });

  test('jsonl has every record with its stream, and quiet nothing unasked', async () => {
    const lines = (await show('jsonl')).stdout.trim().split('\n');
    const streams = lines.map((line) => (JSON.parse(line) as { stream?: string }).stream);
    expect(streams.filter((name) => name !== undefined)).toHaveLength(7);
    expect(await show('quiet')).toEqual({ stdout: '', stderr: '' });
    expect((await show('quiet', { verbosity: 1 })).stderr).toBe(VERBOSE);
  });

  test('F34: on a terminal no stream has a character that it obeys', async () => {
    const stderr = memory({ terminal: true });
    const hostile = (
      ['error', 'warning', 'information', 'verbose', 'debug', 'progress'] as const
    ).map((stream) => record(2, 'we\u001Bb', 'a\u001B[2J\u202Eb\n', stream));
    const streams = ['progress'] as const;
    await show('live', { stderr, verbosity: 2, streams }, hostile);
    const lines = stderr.text().split('\n').slice(0, -1);
    expect(lines).toHaveLength(6);
    for (const line of lines)
      expect(line).toMatch(/^(?:muster: )?we\^\[b: .*a\^\[\[2J<U\+202E>b$/u);
  });
});

describe('labels of children that share a host', () => {
  const labelOf = (childId: number): string => ['a.txt', 'b.txt', 'c\u001B.txt'][childId - 2] ?? '';
  const events = [
    record(2, 'localhost', 'one\n'),
    record(3, 'localhost', 'same\n'),
    record(4, 'localhost', 'same\n'),
    { ...state(4, 'localhost', 'Failed'), failure: whyFailed() },
    end(
      job([
        child('localhost'),
        child('localhost'),
        failed('localhost', 'exit-code', 'exit code 1'),
      ]),
    ),
  ];

  test('stand before live lines and failures', async () => {
    expect(await show('live', { labelOf }, events)).toEqual({
      stdout: 'a.txt: one\nb.txt: same\nc^[.txt: same\n',
      stderr: 'muster: c^[.txt: failed: exit code 1\n',
    });
  });

  test('stand in the headers of gathered output, each child counted, and nothing folded', async () => {
    const { stdout, stderr } = await show('gather', { labelOf }, events);
    const rule = '-'.repeat(15);
    expect(stdout).toBe(
      `${rule}\nb.txt,c^[.txt (2)\n${rule}\nsame\n${rule}\na.txt\n${rule}\none\n`,
    );
    expect(stderr).toBe('muster: c^[.txt: failed: exit code 1\n');
  });

  test('stand in the rows of a table', async () => {
    const { stdout } = await show('table', { labelOf }, events);
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'Host',
      'a.txt',
      'b.txt',
      'c^[.txt',
      '',
    ]);
  });
});

function whyFailed(): NonNullable<ReturnType<typeof failed>['failure']> {
  const { failure } = failed('localhost', 'exit-code', 'exit code 1');
  if (failure === null) throw new Error('a failed child without a failure');
  return failure;
}
