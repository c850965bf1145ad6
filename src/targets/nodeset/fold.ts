import { staysWhole } from '../host-name.ts';
import { foldNumbers } from './fold-numbers.ts';
import { foldVectors } from './fold-vectors.ts';

/**
 * The shortest node set that stands for these names, in ClusterShell's order and shape: the inverse of
 * `expandNodeSet`. Addresses of IPv6 and `host:port` stay whole.
 */
export function foldNodeSet(names: Iterable<string>): string {
  const patterns = new Map<string, string[][]>();
  for (const name of new Set(names)) {
    const { pattern, numbers } = takeApart(name);
    const known = patterns.get(pattern);
    if (known === undefined) patterns.set(pattern, [numbers]);
    else known.push(numbers);
  }
  const sorted = [...patterns].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.flatMap(([pattern, vectors]) => foldPattern(pattern, vectors)).join(',');
}

/** Every run of digits in a name is a number that can vary. */
function takeApart(name: string): { readonly pattern: string; readonly numbers: string[] } {
  const escaped = name.replaceAll('%', '%%');
  if (staysWhole(name)) return { pattern: escaped, numbers: [] };
  const numbers: string[] = [];
  const pattern = escaped.replace(/\d+/gu, (digits) => {
    numbers.push(digits);
    return SLOT;
  });
  return { pattern, numbers };
}

function foldPattern(pattern: string, vectors: readonly string[][]): readonly string[] {
  const dimensions = vectors[0]?.length ?? 0;
  if (dimensions === 0) return [fill(pattern, [])];
  if (dimensions === 1) return [fill(pattern, [foldNumbers(vectors.flat())])];
  return foldVectors(vectors).map((axes) => fill(pattern, axes.map(foldNumbers)));
}

function fill(pattern: string, texts: readonly string[]): string {
  let index = 0;
  return pattern.replace(/%[s%]/gu, (found) => (found === SLOT ? (texts[index++] ?? '') : '%'));
}

/** Marks a number's place, as in ClusterShell, whose order of patterns we keep. */
const SLOT = '%s';
