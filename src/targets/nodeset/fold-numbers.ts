/**
 * One axis as a node set writes it: `7`, or `[1-3,7,09-11]`. Numbers keep their zeros: 1 and 01 are two numbers,
 * and the shorter ones come first.
 */
export function foldNumbers(numbers: Iterable<string>): string {
  const sorted = [...numbers].sort(compareNumbers);
  if (sorted.length === 1) return sorted[0] ?? '';
  const runs: string[] = [];
  let first: string | null = null;
  let last = '';
  for (const number of sorted) {
    if (first !== null && continues(first, last, number)) {
      last = number;
      continue;
    }
    if (first !== null) runs.push(runText(first, last));
    first = number;
    last = number;
  }
  if (first !== null) runs.push(runText(first, last));
  return `[${runs.join(',')}]`;
}

/** By length, then by value: among numbers of one length the texts' order is that of the values. */
export function compareNumbers(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** Whether a number is the next of a run that began with `first`: 09 goes on to 10, and 9 to 10, but 9 not to 010. */
function continues(first: string, last: string, next: string): boolean {
  if (isPadded(first) ? next.length !== first.length : isPadded(next)) return false;
  if (next.length <= EXACT_DIGITS) return Number(next) === Number(last) + 1;
  return BigInt(next) === BigInt(last) + 1n;
}

function runText(first: string, last: string): string {
  return first === last ? first : `${first}-${last}`;
}

function isPadded(number: string): boolean {
  return number.length > 1 && number.startsWith('0');
}

const EXACT_DIGITS = 15;
