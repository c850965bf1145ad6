import { expect, test } from 'vitest';
import { FACT_FIELDS } from '../../src/model/fact-fields.ts';
import type { ChildView } from '../../src/model/job.ts';
import type { Json } from '../../src/model/json.ts';
import { SHORT, factColumns } from '../../src/presenters/facts-table.ts';
import { child } from './events.ts';

function cells(
  paths: readonly string[] | null,
  facts: Json,
  more: Partial<ChildView> = {},
): readonly string[] {
  const row = { ...child('web1', { state: 'Completed' }), data: { facts }, ...more };
  return factColumns(paths, [row]).map(({ value }) => value(row));
}

test('amounts and spans are for people', () => {
  const facts = {
    memory: { total: 8_300_000_000, free: 999 },
    uptime: 1_047_600,
    time: { offset: -0.254, utcOffset: 7200 },
    load: { one: 0.5 },
    rebootRequired: false,
    services: { failed: ['a.service', 'b.service'] },
  };
  const paths = [
    'memory.total',
    'memory.free',
    'uptime',
    'time.offset',
    'time.utcOffset',
    'load.one',
  ];
  expect(cells([...paths, 'rebootRequired', 'services.failed'], facts)).toEqual([
    'web1',
    '8.3 GB',
    '999 bytes',
    '12 d',
    '-0.25 s',
    '2 h',
    '0.5',
    'no',
    'a.service,b.service',
  ]);
});

test('the disk that is shown is the fullest', () => {
  const disks = [
    { mount: '/', usedPercent: 61 },
    { mount: '/var', usedPercent: 93 },
    { mount: '/srv', usedPercent: 7 },
  ];
  expect(cells(['disks.fullest'], { disks })).toEqual(['web1', '93% /var']);
  expect(cells(['disks.fullest'], { disks: [] })).toEqual(['web1', '']);
});

test('what is not as facts are is nothing, and what a host says is made safe', () => {
  const all = [...FACT_FIELDS, ...SHORT].map(({ path }) => path);
  const empty = ['web1', ...all.map(() => '')];
  for (const facts of [null, 'x', [], {}, { memory: 7, disks: 3, os: null }]) {
    expect(cells(all, facts)).toEqual(empty);
  }
  expect(cells(['hostname'], { hostname: 'a\u001B[31m\nb' })[1]).not.toMatch(/[\u001B\n]/u);
});

test('the system in a word or two', () => {
  expect(cells(['os'], { os: { id: 'debian', version: '12', family: 'linux' } })[1]).toBe(
    'debian 12',
  );
  expect(cells(['os'], { os: { id: null, version: null, family: 'linux' } })[1]).toBe('linux');
});

test('a host that told nothing says why', () => {
  const failure = {
    phase: 'connect',
    code: 'refused',
    message: 'connection refused',
    mayHaveRun: false,
    via: null,
  } as const;
  const row = cells(null, null, { state: 'Failed', failure });
  expect(row.at(-1)).toContain('connection refused');
});
