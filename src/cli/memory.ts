import { MEMORY_BYTES } from '../model/defaults.ts';
import { usageError } from './usage-error.ts';
import type { Values } from './values.ts';

/** `--memory N[K|M|G]` in bytes. Throws ConfigError. A verb without that option has the default. */
export function memoryFrom(values: Values): number {
  const text = values.has('memory') ? values.text('memory') : null;
  if (text === null) return MEMORY_BYTES;
  const [, digits = '', unit = ''] = SIZE.exec(text) ?? [];
  const bytes = Number(digits) * (UNITS.get(unit.toLowerCase()) ?? 1);
  if (bytes >= LEAST && Number.isSafeInteger(bytes)) return bytes;
  throw usageError(`--memory: "${text}" is no number of bytes from 1M on`, 'like 32M, 512M or 4G');
}

const SIZE = /^(\d+)([kmg]?)$/iu;
const UNITS: ReadonlyMap<string, number> = new Map([
  ['k', 1024],
  ['m', 1024 ** 2],
  ['g', 1024 ** 3],
]);
/** With less, every few records would be a write of their own. */
const LEAST = 1024 ** 2;
