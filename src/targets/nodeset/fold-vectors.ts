import { compareNumbers } from './fold-numbers.ts';

/** The numbers on one axis; a text stands for a single one, for there may be hundreds of thousands of these. */
type Axis = string | Set<string>;
type Vector = readonly Axis[];

/**
 * Folds names of several numbers into few products, as ClusterShell does: it begins with single names, and joins two
 * vectors wherever they differ on one axis only, those beside each other first. The order of that decides the shape
 * where there are several (a1b1, a2b1, a2b2 is a[1-2]b1,a2b2), so it is kept, within a bound on the work.
 */
export function foldVectors(names: readonly (readonly string[])[]): readonly Iterable<string>[][] {
  const product = wholeProduct(names);
  if (product !== null) return [product];
  const work = { left: MAX_COMPARISONS };
  let vectors: Vector[] = names.map((numbers) => [...numbers]);
  vectors = untilStable(vectors, (sorted) => joinNeighbours(sorted, work));
  vectors = untilStable(vectors, (sorted) =>
    sorted.length ** 2 / 2 <= work.left ? joinAny(sorted, work) : joinByAxis(sorted),
  );
  return vectors.map((vector) => vector.map((axis) => (typeof axis === 'string' ? [axis] : axis)));
}

/** The axes, where the names are all of their combinations: the usual case, and quick to see. */
function wholeProduct(names: readonly (readonly string[])[]): Set<string>[] | null {
  const axes = (names[0] ?? []).map(() => new Set<string>());
  for (const numbers of names) {
    for (const [axis, number] of numbers.entries()) axes[axis]?.add(number);
  }
  const combinations = axes.reduce((product, axis) => product * axis.size, 1);
  return combinations === names.length ? axes : null;
}

/** Larger vectors first, then longer axes, then lower numbers (as texts, as ClusterShell compares them). */
function inOrder(vectors: readonly Vector[]): Vector[] {
  const keyed = vectors.map((vector) => ({
    vector,
    size: sizeOf(vector),
    keys: vector.map(axisKey),
  }));
  keyed.sort((a, b) => {
    if (a.size !== b.size) return b.size - a.size;
    for (const [index, key] of a.keys.entries()) {
      const other = b.keys[index] ?? key;
      if (key.size !== other.size) return other.size - key.size;
      if (key.first !== other.first) return key.first < other.first ? -1 : 1;
      if (key.last !== other.last) return key.last < other.last ? -1 : 1;
    }
    return 0;
  });
  return keyed.map(({ vector }) => vector);
}

function untilStable(start: Vector[], pass: (sorted: Vector[]) => Vector[]): Vector[] {
  let vectors = start;
  for (;;) {
    const joined = pass(inOrder(vectors));
    if (joined.length === vectors.length) return joined;
    vectors = joined;
  }
}

/** One pass that joins each vector with those that follow it, until one does not fit. */
function joinNeighbours(sorted: readonly Vector[], work: { left: number }): Vector[] {
  const result: Vector[] = [];
  let current: Vector | null = null;
  for (const next of sorted) {
    work.left -= 1;
    const axis = current === null || work.left < 0 ? null : onlyDifference(current, next);
    if (current !== null && axis !== null) {
      current = join(current, next, axis);
      continue;
    }
    if (current !== null) result.push(current);
    current = next;
  }
  if (current !== null) result.push(current);
  return result;
}

/** One pass that joins each vector with any later one. */
function joinAny(sorted: Vector[], work: { left: number }): Vector[] {
  const taken = new Set<number>();
  const result: Vector[] = [];
  for (const [index, start] of sorted.entries()) {
    if (taken.has(index)) continue;
    let current = start;
    for (let other = index + 1; other < sorted.length; other += 1) {
      const candidate = sorted[other];
      if (candidate === undefined || taken.has(other)) continue;
      work.left -= 1;
      const axis = onlyDifference(current, candidate);
      if (axis === null) continue;
      current = join(current, candidate, axis);
      taken.add(other);
    }
    result.push(current);
  }
  return result;
}

/** For sets too large and too ragged for that: joins all that differ on one axis, axis by axis, the last one first. */
function joinByAxis(sorted: readonly Vector[]): Vector[] {
  let vectors = [...sorted];
  const dimensions = vectors[0]?.length ?? 0;
  for (let axis = dimensions - 1; axis >= 0; axis -= 1) {
    const byRest = new Map<string, Vector>();
    for (const vector of vectors) {
      const rest = vector.map((one, index) => (index === axis ? '' : axisText(one))).join(' ');
      const known = byRest.get(rest);
      byRest.set(rest, known === undefined ? vector : join(known, vector, axis));
    }
    vectors = [...byRest.values()];
  }
  return vectors;
}

/** The one axis on which two vectors differ, and have nothing in common; else null. */
function onlyDifference(a: Vector, b: Vector): number | null {
  let found: number | null = null;
  for (const [index, axis] of a.entries()) {
    const other = b[index] ?? axis;
    if (isEqual(axis, other)) continue;
    if (found !== null || !isDisjoint(axis, other)) return null;
    found = index;
  }
  return found;
}

/** The first vector's axes are its own from then on, and may grow in place. */
function join(a: Vector, b: Vector, axis: number): Vector {
  const left = a[axis] ?? '';
  const right = b[axis] ?? '';
  const union = typeof left === 'string' ? new Set([left]) : left;
  for (const number of typeof right === 'string' ? [right] : right) union.add(number);
  return a.map((one, index) => (index === axis ? union : one));
}

function isEqual(a: Axis, b: Axis): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  if (a.size !== b.size) return false;
  for (const number of a) if (!b.has(number)) return false;
  return true;
}

function isDisjoint(a: Axis, b: Axis): boolean {
  if (typeof a === 'string') return typeof b === 'string' ? a !== b : !b.has(a);
  if (typeof b === 'string') return !a.has(b);
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  for (const number of small) if (large.has(number)) return false;
  return true;
}

function sizeOf(vector: Vector): number {
  return vector.reduce((size, axis) => size * (typeof axis === 'string' ? 1 : axis.size), 1);
}

function axisKey(axis: Axis): {
  readonly size: number;
  readonly first: string;
  readonly last: string;
} {
  if (typeof axis === 'string') return { size: 1, first: axis, last: axis };
  let first: string | null = null;
  let last: string | null = null;
  for (const number of axis) {
    if (first === null || compareNumbers(number, first) < 0) first = number;
    if (last === null || compareNumbers(number, last) > 0) last = number;
  }
  return { size: axis.size, first: first ?? '', last: last ?? '' };
}

function axisText(axis: Axis): string {
  return typeof axis === 'string' ? axis : [...axis].sort(compareNumbers).join(',');
}

/** About a second's worth. Irregular sets of up to some 3,000 products get ClusterShell's very shape. */
const MAX_COMPARISONS = 5_000_000;
