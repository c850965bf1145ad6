import { safeLine } from '../../base/safe-text.ts';
import { ConfigError } from '../../model/errors.ts';

/** Where an expression was written: an option, or a file and line, which is worked out only where it is needed. */
export type Where = string | (() => string);

export function placeOf(where: Where): string {
  return typeof where === 'string' ? where : where();
}

/** An error about a node set: where it was written, the term at fault, what is wrong with it. */
export function nodeSetError(
  where: Where,
  term: string,
  problem: string,
  hint?: string,
): ConfigError {
  const message = `${placeOf(where)}: ${shown(term)} ${problem}`;
  return new ConfigError('node-set', message, hint === undefined ? {} : { hint });
}

/** A term as a message shows it: quoted, safe, short. */
export function shown(term: string): string {
  return `"${safeLine(term, 80)}"`;
}
