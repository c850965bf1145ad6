import { describe, expect, test } from 'vitest';
import { chosenJobs, jobQuery, oneJob, parseTime } from '../../src/cli/job-query.ts';
import type { Parsed } from '../../src/cli/parse.ts';
import { parse } from '../helpers/parse.ts';
import { systemClock, type Clock } from '../../src/base/clock.ts';
import { ConfigError } from '../../src/model/errors.ts';
import { EVERY_JOB, type JobQuery } from '../../src/model/query.ts';

const NOON = Date.UTC(2026, 2, 1, 12);
const clock: Clock = { ...systemClock, now: () => NOON };

describe('which jobs', () => {
  test('all of them, where nothing is said', () => {
    expect(query()).toEqual(EVERY_JOB);
  });

  test('terms once each, in the order given', () => {
    expect(query('web*', '3', 'web*', '1').terms).toEqual(['web*', '3', '1']);
  });

  test('states in any case, in lists and one by one', () => {
    const { states } = query('--state', 'failed,NOTSTARTED', '--state=Running', '--state=failed');
    expect(states).toEqual(['Failed', 'NotStarted', 'Running']);
  });

  test('all filters together', () => {
    const given = query(
      '--has-more-data',
      '--newest=2',
      '--before=2026-03-01T11:00:00Z',
      '--after=10m',
      '--command=apt-get *',
      'nightly',
    );
    expect(given).toEqual({
      terms: ['nightly'],
      states: [],
      hasMoreData: true,
      command: 'apt-get *',
      before: NOON - 3_600_000,
      after: NOON - 600_000,
      newest: 2,
    });
    expect(query('--no-has-more-data').hasMoreData).toBe(false);
  });

  test.each([
    ['a state that is none', ['--state', 'runing'], /did you mean Running/u],
    ['data and no data', ['--has-more-data', '--no-has-more-data'], /exclude each other/u],
    ['none of them', ['--newest', '0'], /from 1/u],
    ['no time', ['--after', 'yesterday'], /neither a time nor/u],
    ['a month that is none', ['--before', '2026-13-01'], /neither a time nor/u],
  ] as const)('%s is refused', (_, words, message) => {
    expect(mistake(() => query(...words))).toMatch(message);
  });

  test('a verb that does something to jobs has to be told which', () => {
    expect(() => chosenJobs(...parsedFor('stop'), 'stop', clock)).toThrow(/which jobs\?/u);
    expect(chosenJobs(...parsedFor('stop', '--newest=1'), 'stop', clock).newest).toBe(1);
    expect(chosenJobs(...parsedFor('stop', '4'), 'stop', clock).terms).toEqual(['4']);
  });

  test('one job is one word', () => {
    expect(oneJob(['4'], 'answer')).toBe('4');
    expect(() => oneJob([], 'answer')).toThrow(/which job\?/u);
    expect(() => oneJob(['4', '5'], 'answer')).toThrow(/one JOB at a time/u);
  });
});

describe('a time', () => {
  test.each([
    ['2026-03-01T12:00:00Z', NOON],
    ['2026-03-01T12:00:00.250Z', NOON + 250],
    ['2026-03-01T13:00+01:00', NOON],
    ['2026-03-01 12:00Z', NOON],
    ['0s', NOON],
    ['90s', NOON - 90_000],
    ['1h30m', NOON - 5_400_000],
    ['1.5h', NOON - 5_400_000],
    ['2d', NOON - 2 * 86_400_000],
    ['500ms', NOON - 500],
  ])('%s', (text, time) => {
    expect(parseTime('--after', text, NOON)).toBe(time);
  });

  test('is local where it names no zone, with a time of day or without', () => {
    expect(parseTime('--after', '2026-03-01', NOON)).toBe(new Date(2026, 2, 1).getTime());
    expect(parseTime('--after', '2026-03-01T08:30', NOON)).toBe(
      new Date(2026, 2, 1, 8, 30).getTime(),
    );
  });

  test.each(['', '10', 'm', '10 m', '-5m', '1e3s', '2026', '12:00', 'T12:00Z', 'infinity'])(
    'is not "%s"',
    (text) => {
      expect(() => parseTime('--after', text, NOON)).toThrow(/neither a time nor/u);
    },
  );
});

function query(...args: readonly string[]): JobQuery {
  return jobQuery(...parsedFor('jobs', ...args), clock);
}

function parsedFor(
  verb: 'jobs' | 'stop',
  ...args: readonly string[]
): [Parsed['values'], readonly string[]] {
  const { values, words } = parse(verb, args);
  return [values, words];
}

/** What is wrong, and what to do about it. */
function mistake(task: () => unknown): string {
  try {
    task();
  } catch (error) {
    if (error instanceof ConfigError) return `${error.message}; ${error.hint ?? ''}`;
    throw error;
  }
  throw new Error('it was accepted');
}
