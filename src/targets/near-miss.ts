/**
 * The candidate that was probably meant, or null: at most one mistake in three characters, where a mistake is a
 * character missing, added, changed, or swapped with its neighbour. A `*` in what was sought stands for any text.
 */
export function nearMiss(sought: string, candidates: Iterable<string>): string | null {
  const limit = Math.max(1, Math.floor(sought.replaceAll('*', '').length / 3));
  const open = sought.includes('*');
  let best: string | null = null;
  let bestDistance = limit + 1;
  let left = MAX_CANDIDATES;
  for (const candidate of candidates) {
    const comparable =
      candidate !== sought &&
      candidate.length <= MAX_LENGTH &&
      (open || Math.abs(candidate.length - sought.length) < bestDistance);
    const distance = comparable ? mistakes(sought.slice(0, MAX_LENGTH), candidate) : bestDistance;
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
    left -= 1;
    if (left === 0 || bestDistance === 0) break;
  }
  return best;
}

/** As a hint's text, or nothing to add to the options of an error. */
export function hintFor(sought: string, candidates: Iterable<string>): { readonly hint?: string } {
  const meant = nearMiss(sought, candidates);
  return meant === null ? {} : { hint: `did you mean ${meant}?` };
}

/** Damerau and Levenshtein's distance (optimal string alignment), one row at a time. */
function mistakes(from: string, to: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const wild = from[row - 1] === '*';
    const current = [at(previous, 0) + (wild ? 0 : 1)];
    for (let column = 1; column <= to.length; column += 1) {
      if (wild) {
        current.push(Math.min(at(previous, column), at(current, column - 1)));
        continue;
      }
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
      );
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, at(older, column - 2) + 1);
      current.push(cost);
    }
    older = previous;
    previous = current;
  }
  return at(previous, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}

/** Suggestions are a courtesy: they must not take longer than the error itself. */
const MAX_CANDIDATES = 100_000;
const MAX_LENGTH = 64;
