import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inBatches } from '../../../src/controller/rollout/order.ts';
import type { Amount } from '../../../src/model/rollout.ts';

const THREE: Amount = { kind: 'count', count: 3 };

/** Gives these numbers, again and again. */
function chance(numbers: readonly number[]): () => number {
  let at = 0;
  return () => numbers[at++ % numbers.length] ?? 0;
}

test('batches follow the order of the targets', () => {
  const batches = inBatches([1, 2, 3, 4, 5, 6, 7], { batches: [THREE], shuffle: false }, () => 0);
  expect(batches).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
});

test('shuffled or not, each target is in one batch, once', () => {
  const numbers = fc.array(fc.double({ min: 0, max: 0.999_999, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(fc.nat(60), fc.boolean(), numbers, (total, shuffle, random) => {
      const things = Array.from({ length: total }, (_, at) => at);
      const order = inBatches(things, { batches: [THREE], shuffle }, chance(random)).flat();
      expect([...order].sort((a, b) => a - b)).toEqual(things);
      if (!shuffle) expect(order).toEqual(things);
    }),
    { numRuns: 100 },
  );
});

test('whoever draws the lowest lot is first', () => {
  const random = chance([0.9, 0.1, 0.5]);
  const order = inBatches(['a', 'b', 'c'], { batches: [], shuffle: true }, random);
  expect(order).toEqual([['b', 'c', 'a']]);
});
