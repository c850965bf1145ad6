import { describe, expect, test } from 'vitest';
import type { JobView } from '../../src/model/job.ts';
import { namesOf } from '../../src/presenters/names.ts';
import { compose } from '../../src/presenters/part.ts';
import { duration } from '../../src/presenters/style.ts';
import { summary, summaryLines } from '../../src/presenters/summary.ts';
import { child, end, failed, fold, job, memory, type MemoryOutput } from './events.ts';

const NAMES = namesOf(fold, null);

async function shown(
  view: JobView,
  stderr: MemoryOutput = memory({ terminal: true }),
): Promise<string> {
  await compose([summary(stderr, NAMES, false)]).handle(end(view));
  return stderr.text();
}

function hosts(prefix: string, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${prefix}${from + index}`);
}

const THREE = [
  ...hosts('web', 100, 117).map((host) => child(host)),
  failed('web118', 'exit-code', 'exit code 7', { durationMs: 400 }),
  failed('web119', 'refused', 'connection refused on port 22', { durationMs: 20 }),
];

describe('the summary', () => {
  test('is short where nothing is wrong', async () => {
    expect(await shown(job(hosts('web', 10, 29).map((host) => child(host))))).toBe(
      `completed  20  web[10-29]
20 hosts, mean 0.10 s, median 0.10 s, slowest 0.10 s (web10)
`,
    );
  });

  test('names the hosts of each outcome as a folded set, with the reason beside it', async () => {
    expect(await shown(job(THREE))).toBe(
      `completed    18  web[100-117]
failed        1  web118  exit code 7
unreachable   1  web119  connection refused on port 22
20 hosts, mean 0.11 s, median 0.10 s, slowest 0.40 s (web118)
`,
    );
  });

  test('puts a reason that does not fit below its hosts, whole, within the width', async () => {
    const reason =
      'host key verification failed: the ED25519 key SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDGAyBCjzPMH8Cw7OE is not the one in /home/me/.ssh/known_hosts line 12; remove it if this is expected';
    const text = await shown(job([child('web1'), failed('web2', 'host-key-changed', reason)]));
    expect(text).toBe(`completed  1  web1
untrusted  1  web2
              host key verification failed: the ED25519 key
              SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDGAyBCjzPMH8Cw7OE is not the one
              in /home/me/.ssh/known_hosts line 12; remove it if this is
              expected
2 hosts, mean 0.10 s, median 0.10 s, slowest 0.10 s (web1)
`);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('never breaks or cuts a folded set, so that it can be copied', async () => {
    const odd = hosts('host-with-a-long-name-', 1, 60).filter((_, index) => index % 2 === 0);
    const text = await shown(
      job(odd.map((host) => failed(host, 'refused', 'connection refused on port 22'))),
    );
    expect(text.split('\n')[0]).toBe(`unreachable  30  ${odd.join(',')}`);
    expect(text.split('\n')[1]).toBe('                 connection refused on port 22');
  });

  test('in a file is one line for each outcome, however long', async () => {
    const reason = 'word '.repeat(40).trim();
    const text = await shown(job([failed('web1', 'refused', reason)]), memory());
    expect(text.split('\n')[0]).toBe(`unreachable  1  web1  ${reason}`);
  });

  test('names the hosts where the command may still be running', async () => {
    const stopped = { state: 'Stopped', exitCode: null, endConfirmed: false } as const;
    const statusMessage = 'stopped by Ctrl-C; its end on the host is not confirmed';
    const text = await shown(
      job([
        child('web1', { ...stopped, endConfirmed: true, statusMessage: 'stopped by Ctrl-C' }),
        child('web2', { ...stopped, statusMessage }),
        child('web3', { ...stopped, statusMessage }),
      ]),
    );
    expect(text).toBe(`stopped  2  web[2-3]  stopped by Ctrl-C; its end on the host is not confirmed
stopped  1  web1      stopped by Ctrl-C
not confirmed: the command may still be running on web[2-3]
3 hosts, mean 0.10 s, median 0.10 s, slowest 0.10 s (web1)
`);
  });

  test('of a job that is left before its end names what is unfinished', () => {
    const view = job([
      child('web1'),
      child('web2', { state: 'Stopping', end: null }),
      child('web3', { state: 'NotStarted', begin: null, end: null, durationMs: null }),
    ]);
    expect(summaryLines(view, { names: NAMES, width: 80, colour: false })).toEqual([
      'completed   1  web1',
      'unfinished  1  web2  running',
      'unfinished  1  web3  not started',
      '3 hosts, mean 0.10 s, median 0.10 s, slowest 0.10 s (web1)',
    ]);
  });

  test('of a check calls hosts online', async () => {
    const text = await shown(
      job([child('web1'), failed('web2', 'dns', 'no such name')], 'CheckJob'),
    );
    expect(text).toContain('online       1  web1\n');
    expect(text).toContain('unreachable  1  web2  no such name\n');
  });

  test('counts reasons that are too many to list', async () => {
    const lost = hosts('web', 1, 9).map((host, index) =>
      failed(host, 'lost', `connection lost after ${index} s`),
    );
    expect(await shown(job(lost))).toContain(
      'lost  9  web[1-9]  connection lost after 0 s (and 8 other reasons)\n',
    );
  });

  test('makes host names safe', async () => {
    expect(await shown(job([child('a\u001B[2J\nb')]))).toBe(
      'completed  1  a^[[2J b\n1 host, mean 0.10 s, median 0.10 s, slowest 0.10 s (a^[[2J b)\n',
    );
  });

  test('colours the kind where the terminal wants it, and aligns as without', async () => {
    const plain = await shown(job(THREE));
    const coloured = await shown(job(THREE), memory({ terminal: true, colour: true }));
    expect(coloured).toContain('\u001B[31mfailed     \u001B[0m   1');
    expect(coloured.replaceAll(/\u001B\[\d+m/gu, '')).toBe(plain);
  });

  test('where only trouble is wanted is nothing when every host completed', async () => {
    const stderr = memory();
    const presenter = compose([summary(stderr, NAMES, true)]);
    await presenter.handle(end(job([child('web1')])));
    expect(stderr.text()).toBe('');
    await presenter.handle(end(job(THREE)));
    expect(stderr.text()).toContain('failed');
  });

  test('300 hosts of which one fails are four lines of 80 columns', async () => {
    const many = hosts('web', 100, 399).map((host, index) =>
      index === 141 ? failed(host, 'exit-code', 'exit code 1') : child(host),
    );
    const folding = (names: readonly string[]): string =>
      names.length === 299 ? 'web[100-240,242-399]' : fold(names);
    expect(
      summaryLines(job(many), { names: namesOf(folding, null), width: 80, colour: false }),
    ).toEqual([
      'completed  299  web[100-240,242-399]',
      'failed       1  web241  exit code 1',
      '300 hosts, mean 0.10 s, median 0.10 s, slowest 0.10 s (web100)',
    ]);
  });
});

test.each([
  [0, '0.000 s'],
  [4.4, '0.004 s'],
  [99.4, '0.099 s'],
  [99.6, '0.10 s'],
  [1234, '1.23 s'],
  [59_994, '59.99 s'],
  [59_996, '1 min 0 s'],
  [185_400, '3 min 5 s'],
  [3_599_600, '1 h 0 min'],
  [7_440_000, '2 h 4 min'],
])('%d ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

describe('the summary of a job with an item for each child', () => {
  test('names items, not folded, and the first of many', async () => {
    const items = Array.from({ length: 12 }, (_, index) => `file ${index + 1}`);
    const names = namesOf(fold, (childId) => items[childId - 2] ?? '');
    const stderr = memory();
    const children = items.map(() => child('localhost'));
    const view = job([...children.slice(0, 11), failed('localhost', 'exit-code', 'exit code 1')]);
    await compose([summary(stderr, names, false)]).handle(end(view));
    expect(stderr.text()).toBe(
      `completed  11  ${items.slice(0, 10).join(',')} and 1 more
failed      1  file 12  exit code 1
12 items, mean 0.10 s, median 0.10 s, slowest 0.10 s (file 1)
`,
    );
  });
});
