import { describe, expect, test } from 'vitest';
import { emptyTally } from '../../src/model/parent-state.ts';
import type { ServiceStatus } from '../../src/model/status.ts';
import { bytesText } from '../../src/base/byte-text.ts';
import { statusLines } from '../../src/presenters/status.ts';

const STATUS: ServiceStatus = {
  instance: 'default',
  pid: 4711,
  version: '0.1.0',
  uptimeMs: 7_500_000,
  socket: '/run/user/1000/muster/default.sock',
  connections: 12,
  jobs: { ...emptyTally(), Completed: 2, Running: 1, total: 3 },
  bytesHeld: 1_234_567,
  bytesSpilled: 0,
  durable: 0,
  forgetting: 0,
  queued: 4,
  cpuMs: 1500,
  rssBytes: 83_000_000,
  openFilesLimit: null,
  warnings: ['only 1024\n open files'],
};

describe('the status of a controller', () => {
  test('is a line for each field, values under each other, and one for each warning', () => {
    expect(statusLines(STATUS)).toEqual([
      'Instance:     default',
      'Pid:          4711',
      'Version:      0.1.0',
      'Uptime:       2 h 5 min',
      'Socket:       /run/user/1000/muster/default.sock',
      'Jobs:         3 (1 Running, 2 Completed)',
      'Queued:       4',
      'Connections:  12',
      'Results held: 1.2 MB',
      'CPU time:     1.50 s',
      'Memory:       83.0 MB',
      'Open files:   unknown',
      'Warning:      only 1024 open files',
    ]);
  });

  test('of a controller without a job says so, and knows its limit of open files', () => {
    const lines = statusLines({
      ...STATUS,
      jobs: { ...emptyTally(), total: 0 },
      openFilesLimit: 65_536,
      warnings: [],
    });
    expect(lines).toContain('Jobs:         0');
    expect(lines.at(-1)).toBe('Open files:   65536 at most');
  });

  test.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [12_345_678, '12.3 MB'],
    [5_000_000_000_000_000, '5000.0 TB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
});
