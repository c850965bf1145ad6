import type { OutputLimit } from '../model/definition.ts';
import { usageError } from './usage-error.ts';
import type { Values } from './values.ts';

/** `--max-output N[K|M|G][,fail]`; null: no limit. Throws ConfigError. */
export function outputLimit(values: Values): OutputLimit | null {
  const text = values.text('max-output');
  return text === null ? null : parseOutputLimit(text);
}

export function parseOutputLimit(text: string): OutputLimit {
  const [, digits = '', unit = '', fail] = LIMIT.exec(text) ?? [];
  const bytes = Number(digits) * (UNITS.get(unit.toLowerCase()) ?? 1);
  if (bytes >= 1 && Number.isSafeInteger(bytes)) {
    return { bytes, action: fail === undefined ? 'cut' : 'fail' };
  }
  throw usageError(
    `--max-output: "${text}" is no number of bytes`,
    'like 1000000, 64K, 10M or 1G; with ,fail behind it, as in 10M,fail, more than that is a failure',
  );
}

const LIMIT = /^(\d+)([kmg]?)(,fail)?$/iu;
const UNITS: ReadonlyMap<string, number> = new Map([
  ['k', 1024],
  ['m', 1024 ** 2],
  ['g', 1024 ** 3],
]);
