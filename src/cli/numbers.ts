import type { NumberSpec } from './options/spec.ts';
import { usageError } from './usage-error.ts';

/** A number as people write one: `64`, `0.5`. What Number() takes beside that (hexadecimal, blanks, infinity) is a slip here. */
export function parseNumber(what: string, text: string, spec: NumberSpec): number {
  const number = (spec.whole ? /^\d+$/u : /^(\d+(\.\d*)?|\.\d+)$/u).test(text)
    ? Number(text)
    : Number.NaN;
  if (number >= spec.min && number <= spec.max) return number;
  throw usageError(
    `${what}: "${text}" is not a ${spec.whole ? 'whole number' : 'number'} from ${spec.min} to ${spec.max}`,
  );
}

/** Exit codes as a list: `1,3-5`. 0 is always among them. */
export function parseCodes(what: string, lists: readonly string[]): readonly number[] {
  const codes = new Set([0]);
  for (const item of lists.flatMap((list) => list.split(','))) {
    const [first = '', last = first, ...rest] = item.trim().split('-');
    const from = parseNumber(what, first, EXIT_CODE);
    const to = parseNumber(what, last, EXIT_CODE);
    if (rest.length > 0 || to < from || to - from > LONGEST_RANGE) {
      throw usageError(`${what}: "${item}" is not a range of exit codes`);
    }
    for (let code = from; code <= to; code += 1) codes.add(code);
  }
  return [...codes].sort((one, other) => one - other);
}

/** exit-status is a uint32 (RFC 4254 section 6.10), though POSIX hosts use eight bits of it. */
const EXIT_CODE: NumberSpec = { whole: true, min: 0, max: 4_294_967_295 };

/** More would fill memory with codes that nobody means. */
const LONGEST_RANGE = 65_535;
