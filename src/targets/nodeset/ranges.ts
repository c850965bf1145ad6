import type { Part, Range } from './syntax.ts';

/** The ranges between two brackets; a text is what is wrong with them. */
export function parseRanges(text: string): readonly Range[] | string {
  const ranges: Range[] = [];
  for (const item of text.split(',')) {
    const range = parseRange(item.trim());
    if (typeof range === 'string') return range;
    ranges.push(range);
  }
  return ranges;
}

function parseRange(text: string): Range | string {
  if (text === '') return 'a range is empty';
  const match = RANGE.exec(text);
  if (match === null) return `"${text}" is no range of numbers`;
  const [, firstText = '', lastText, stepText] = match;
  if (lastText === undefined) {
    if (stepText !== undefined) return `"${text}" has a step but no range`;
    return rangeOf(text, firstText, firstText, '1');
  }
  return rangeOf(text, firstText, lastText, stepText ?? '1');
}

function rangeOf(text: string, from: string, to: string, by: string): Range | string {
  if (from.length > MAX_DIGITS || to.length > MAX_DIGITS || by.length > MAX_DIGITS) {
    return `"${text.slice(0, 20)}..." has numbers of more than ${String(MAX_DIGITS)} digits`;
  }
  const padded = isPadded(from) || isPadded(to);
  if (padded && (from.startsWith('-') || to.startsWith('-'))) {
    return `"${text}" pads negative numbers with zeros`;
  }
  if (padded && from.length !== to.length) {
    return `"${text}" has bounds of different length, one of them padded with zeros`;
  }
  const big = from.length > EXACT_DIGITS || to.length > EXACT_DIGITS || by.length > EXACT_DIGITS;
  const [first, last, step] = big
    ? [BigInt(from), BigInt(to), BigInt(by)]
    : [Number(from), Number(to), Number(by)];
  if (step < 1) return `"${text}" has a step below 1`;
  if (last < first) return `"${text}" runs backwards`;
  return { first, step, count: countOf(first, last, step), width: padded ? from.length : 0 };
}

/** The number at a position of a range, as it is written in a name. */
export function numberAt(range: Range, index: number): string {
  const { first, step, width } = range;
  const value =
    typeof first === 'bigint' || typeof step === 'bigint'
      ? BigInt(first) + BigInt(step) * BigInt(index)
      : first + step * index;
  const text = String(value);
  return text.length < width ? text.padStart(width, '0') : text;
}

/** How many names these parts stand for, counted without making one. Infinity where that is past all reason. */
export function countNames(parts: readonly Part[]): number {
  let product = 1;
  for (const part of parts) {
    if (part.kind === 'ranges') product *= part.ranges.reduce((sum, range) => sum + range.count, 0);
  }
  return product;
}

/** The longest name that these parts can give. */
export function longestName(parts: readonly Part[]): number {
  let length = 0;
  for (const part of parts) {
    length += part.kind === 'text' ? part.text.length : longestNumber(part.ranges);
  }
  return length;
}

/** Every name that these parts stand for, in the order of writing. The caller has looked at `countNames` first. */
export function expandParts(parts: readonly Part[]): readonly string[] {
  let names: string[] = [''];
  for (const part of parts) {
    if (part.kind === 'text') {
      names =
        names.length === 1
          ? [`${names[0] ?? ''}${part.text}`]
          : names.map((name) => name + part.text);
      continue;
    }
    const numbers: string[] = [];
    for (const range of part.ranges) {
      for (let index = 0; index < range.count; index += 1) numbers.push(numberAt(range, index));
    }
    names = names.flatMap((name) => numbers.map((number) => name + number));
  }
  return names;
}

function longestNumber(ranges: readonly Range[]): number {
  let longest = 0;
  for (const range of ranges) {
    const last = numberAt(range, range.count - 1).length;
    longest = Math.max(longest, numberAt(range, 0).length, last);
  }
  return longest;
}

function countOf(first: number | bigint, last: number | bigint, step: number | bigint): number {
  if (typeof first === 'number' && typeof last === 'number' && typeof step === 'number') {
    return Math.floor((last - first) / step) + 1;
  }
  return Number((BigInt(last) - BigInt(first)) / BigInt(step) + 1n);
}

function isPadded(text: string): boolean {
  return /^-?0\d/u.test(text);
}

const RANGE = /^(-?\d+)(?:\s*-\s*(-?\d+))?(?:\s*\/\s*(\d+))?$/u;
/** ClusterShell takes numbers up to 1e100. */
const MAX_DIGITS = 100;
/** Numbers of so many digits are exact, and so are their sums. */
const EXACT_DIGITS = 15;
