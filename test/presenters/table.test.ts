import { describe, expect, test } from 'vitest';
import { namesOf } from '../../src/presenters/names.ts';
import { compose } from '../../src/presenters/part.ts';
import { tableOfJob } from '../../src/presenters/run-table.ts';
import { table } from '../../src/presenters/table.ts';
import { child, end, failed, fold, job, memory, record } from './events.ts';

const OPTIONS = { names: namesOf(fold, null), columns: null, groupBy: null };

describe('a table', () => {
  const columns = [
    { title: 'Id', value: (row: readonly string[]) => row[0] ?? '', align: 'right' as const },
    { title: 'Name', value: (row: readonly string[]) => row[1] ?? '' },
    { title: 'Command', value: (row: readonly string[]) => row[2] ?? '' },
  ];

  test('has columns as wide as their widest cell, and no blanks at the end of a line', () => {
    const rows = [
      ['1', 'Job1', 'uptime'],
      ['12', 'überlang', ''],
    ];
    expect(table(columns, rows, null)).toEqual([
      'Id  Name      Command',
      ' 1  Job1      uptime',
      '12  überlang',
    ]);
  });

  test('wraps the last column into the width of a terminal, and keeps a row on one line elsewhere', () => {
    const rows = [['1', 'Job1', 'one two three four five six']];
    expect(table(columns, rows, 32)).toEqual([
      'Id  Name  Command',
      ' 1  Job1  one two three four',
      '          five six',
    ]);
    expect(table(columns, rows, null)[1]).toBe(' 1  Job1  one two three four five six');
  });

  test('leaves lines to the terminal where the last column would be too narrow to read', () => {
    const rows = [['1', 'Job1', 'one two three four five six']];
    expect(table(columns, rows, 25)[1]).toBe(' 1  Job1  one two three four five six');
  });

  test('of nothing is its titles', () => {
    expect(table(columns, [], 80)).toEqual(['Id  Name  Command']);
  });
});

describe('the table of a command', () => {
  test('has state, exit code or signal, time, and why or what was said first', async () => {
    const output = memory({ terminal: true });
    const presenter = compose([tableOfJob(output, OPTIONS, {})]);
    await presenter.handle(record(2, 'web1', 'up 3'));
    await presenter.handle(record(2, 'web1', ' days\nmore\n'));
    await presenter.handle(record(3, 'web2', 'said something\n'));
    await presenter.handle(record(5, 'web4', 'on stderr\n', 'error'));
    await presenter.handle(
      end(
        job([
          child('web1'),
          failed('web2', 'exit-code', 'exit code 7', { exitCode: 7, durationMs: 4200 }),
          failed('web3', 'signal', 'killed by signal KILL', { signal: 'KILL' }),
          child('web4'),
          child('web5', {
            state: 'Stopped',
            exitCode: null,
            begin: null,
            end: null,
            durationMs: null,
            statusMessage: 'stopped by Ctrl-C; not started',
          }),
        ]),
      ),
    );
    expect(output.text()).toBe(`Host  State      ExitCode  Duration  Message
web1  Completed         0    0.10 s  up 3 days
web2  Failed            7    4.20 s  exit code 7
web3  Failed         KILL    0.10 s  killed by signal KILL
web4  Completed         0    0.10 s
web5  Stopped                        stopped by Ctrl-C; not started
`);
  });

  test('has what was said as one line of safe text, of bounded length', async () => {
    const output = memory();
    const presenter = compose([tableOfJob(output, OPTIONS, {})]);
    await presenter.handle(record(2, 'web1', '\u001B[2J\tx\r\n'));
    for (let index = 0; index < 100; index += 1) {
      await presenter.handle(record(3, 'web2', '€'.repeat(50)));
    }
    await presenter.handle(end(job([child('web1'), child('web2')])));
    const lines = output.text().split('\n');
    expect(lines[1]).toMatch(/ {2}\^\[\[2J x$/u);
    expect(lines[2]).toMatch(/ {2}€{199}…$/u);
  });
});

describe('the table of a check', () => {
  const refused = { phase: 'connect', code: 'refused', message: 'x', mayHaveRun: false, via: null };
  const online = { resolveMs: 1, tcpMs: 2, sshMs: 30, authMs: 140, failure: null };
  const offline = { resolveMs: 3, tcpMs: null, sshMs: null, authMs: null, failure: refused };

  test('begins with Host and Online, and has how far it came, each time and the reason', async () => {
    const output = memory({ terminal: true });
    const check = { online: true, reached: 'auth', address: '127.0.0.1', probes: [online] };
    const down = { online: false, reached: 'resolve', address: '127.0.0.2', probes: [offline] };
    await compose([tableOfJob(output, OPTIONS, {})]).handle(
      end(
        job(
          [
            child('web1', { exitCode: null, data: { check } }),
            failed('web2', 'refused', 'connection refused on port 22', { data: { check: down } }),
            failed('web3', 'internal', 'internal error', { data: {} }),
          ],
          'CheckJob',
        ),
      ),
    );
    expect(output.text()).toBe(
      `Host  Online  Reached  Resolve      TCP      SSH    Auth  Reason
web1  yes     auth     0.001 s  0.002 s  0.030 s  0.14 s
web2  no      resolve  0.003 s                            connection refused on
                                                          port 22
web3  no                                                  internal error
`,
    );
  });

  test('has the mean of several probes, and how many of them failed', async () => {
    const output = memory();
    const check = {
      online: false,
      reached: 'auth',
      address: 'x',
      probes: [online, offline, online],
    };
    await compose([tableOfJob(output, OPTIONS, {})]).handle(
      end(job([failed('web1', 'refused', 'connection refused', { data: { check } })], 'CheckJob')),
    );
    expect(output.text().split('\n')[1]).toBe(
      'web1  no      auth     0.002 s  0.002 s  0.030 s  0.14 s  1 of 3 probes failed: connection refused',
    );
  });
});
