import type { Amount, Rollout } from '../model/rollout.ts';
import { NO_ROLLOUT } from '../model/rollout.ts';
import { milliseconds } from './seconds.ts';
import { usageError } from './usage-error.ts';
import type { Values } from './values.ts';

/** How a job is rolled out, by the options; a verb that has none of them does everything at once. Throws ConfigError. */
export function rolloutFrom(values: Values): Rollout {
  if (!values.has('batch')) return NO_ROLLOUT;
  for (const [option, needed] of NEEDS) {
    if (values.given(option) && !values.given(needed)) {
      throw usageError(`--${option} has no meaning without --${needed}`);
    }
  }
  const batches = values.text('batch');
  const maxFailures = values.text('max-failures');
  return {
    batches: batches === null ? [] : batches.split(',').map((size) => parseBatch(size.trim())),
    pauseMs: milliseconds(values.number('pause')) ?? 0,
    confirm: values.flag('confirm'),
    maxFailures: maxFailures === null ? null : parseMaxFailures(maxFailures.trim()),
    kill: values.flag('kill'),
    shuffle: values.flag('shuffle'),
    splayMs: milliseconds(values.number('splay')) ?? 0,
    breaker: !values.flag('no-breaker'),
  };
}

function parseBatch(text: string): Amount {
  const amount = parseAmount(text);
  if (amount !== null && valueOf(amount) > 0) return amount;
  throw usageError(
    `--batch: "${text}" is no size of a batch`,
    'a size is a number of hosts from 1 on, or a percentage up to 100%, as in 1,10%,50%',
  );
}

function parseMaxFailures(text: string): Amount {
  const amount = parseAmount(text);
  if (amount === null) {
    throw usageError(
      `--max-failures: "${text}" is no number of failures`,
      'it is a number of hosts from 0 on, or a percentage up to 100%',
    );
  }
  // A percentage is of at least one host; who writes 0% means none.
  return valueOf(amount) === 0 ? { kind: 'count', count: 0 } : amount;
}

/** null: it is neither a whole number nor a percentage. */
function parseAmount(text: string): Amount | null {
  if (/^\d{1,9}$/u.test(text)) return { kind: 'count', count: Number(text) };
  const percent = /^(\d{1,3}(?:\.\d{1,3})?)%$/u.exec(text)?.[1];
  if (percent === undefined || Number(percent) > 100) return null;
  return { kind: 'percent', percent: Number(percent) };
}

function valueOf(amount: Amount): number {
  return amount.kind === 'count' ? amount.count : amount.percent;
}

/** Options that say nothing without another one. */
const NEEDS: readonly (readonly [option: string, needed: string])[] = [
  ['pause', 'batch'],
  ['confirm', 'batch'],
  ['kill', 'max-failures'],
  ['retry-delay', 'retries'],
];
