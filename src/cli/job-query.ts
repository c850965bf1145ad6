import type { Clock } from '../base/clock.ts';
import { EVERY_JOB, type JobQuery } from '../model/query.ts';
import { JOB_STATES, type JobState } from '../model/state.ts';
import { nearMiss } from '../targets/near-miss.ts';
import { usageError } from './usage-error.ts';
import type { Values } from './values.ts';

/** Which jobs a verb's words and filters ask for. */
export function jobQuery(values: Values, words: readonly string[], clock: Clock): JobQuery {
  const time = (name: string): number | null => {
    const text = values.text(name);
    return text === null ? null : parseTime(`--${name}`, text, clock.now());
  };
  return {
    terms: [...new Set(words)],
    states: parseStates(values.many('state')),
    hasMoreData: hasMoreData(values),
    command: values.text('command'),
    before: time('before'),
    after: time('after'),
    newest: values.number('newest'),
  };
}

/** As `jobQuery`, for verbs that do something to what they find: none of them means every job without being told so. */
export function chosenJobs(
  values: Values,
  words: readonly string[],
  verb: string,
  clock: Clock,
): JobQuery {
  const query = jobQuery(values, words, clock);
  const { terms, states, ...others } = query;
  const { terms: _terms, states: _states, ...none } = EVERY_JOB;
  const silent = terms.length + states.length === 0 && same(others, none);
  if (!silent) return query;
  throw usageError(
    `which jobs? ${verb} needs a JOB or a filter`,
    `JOB is an id or a name: muster ${verb} 1; --state, --command and the like choose too`,
  );
}

/** Words that have to name jobs, and one job at that. */
export function oneJob(words: readonly string[], verb: string): string {
  const [word, ...more] = words;
  if (word !== undefined && more.length === 0) return word;
  throw usageError(
    word === undefined ? `which job? ${verb} needs a JOB` : `${verb} takes one JOB at a time`,
    `muster jobs lists them`,
  );
}

/** States in any case, in lists or one by one. */
export function parseStates(lists: readonly string[]): readonly JobState[] {
  const names = lists.flatMap((list) => list.split(',')).map((name) => name.trim());
  return [...new Set(names.map((name) => oneOf('--state', name, JOB_STATES)))];
}

/** One of some words, in any case and with or without dashes. */
export function oneOf<Word extends string>(
  what: string,
  text: string,
  words: readonly Word[],
): Word {
  const found = words.find((word) => plain(word) === plain(text));
  if (found !== undefined) return found;
  const near = nearMiss(text, words);
  throw usageError(
    `${what}: "${text}" is none of ${words.join(', ')}`,
    near === null ? null : `did you mean ${near}?`,
  );
}

/** A time as ISO 8601 writes it (local where it names no zone), or how long ago: `10m`, `1h30m`, `2d`, `45s`. */
export function parseTime(what: string, text: string, now: number): number {
  if (AGO.test(text)) {
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([a-z]+)/gu)];
    return now - parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * unitMs(unit), 0);
  }
  if (ISO.test(text)) {
    // ECMA-262 reads a date alone as UTC, and a date with a time as local; here both are local.
    const time = Date.parse(text.includes(':') ? text.replace(' ', 'T') : `${text}T00:00`);
    if (Number.isFinite(time)) return time;
  }
  throw usageError(
    `${what}: "${text}" is neither a time nor how long ago`,
    `a time like 2026-03-01T12:00:00Z, or an age like 10m`,
  );
}

function hasMoreData(values: Values): boolean | null {
  const [yes, no] = [values.flag('has-more-data'), values.flag('no-has-more-data')];
  if (yes && no) throw usageError('--has-more-data and --no-has-more-data exclude each other');
  if (yes) return true;
  return no ? false : null;
}

function same(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll('-', '');
}

function unitMs(unit: string): number {
  const units: Readonly<Record<string, number>> = {
    ms: 1,
    s: 1000,
    m: 60_000,
    h: 3_600_000,
    d: 86_400_000,
    w: 604_800_000,
  };
  return units[unit] ?? 0;
}

const AGO = /^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/u;
const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/u;
