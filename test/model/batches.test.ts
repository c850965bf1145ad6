import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { amountOf, amountText, batchSizes } from '../../src/model/batches.ts';
import type { Amount } from '../../src/model/rollout.ts';

const count = (value: number): Amount => ({ kind: 'count', count: value });
const percent = (value: number): Amount => ({ kind: 'percent', percent: value });

const amount: fc.Arbitrary<Amount> = fc.oneof(
  fc.integer({ min: 1, max: 500 }).map(count),
  fc.integer({ min: 1, max: 1000 }).map((tenths) => percent(tenths / 10)),
);

describe('an amount', () => {
  test.each([
    [percent(10), 30, 3],
    [percent(10), 31, 4],
    [percent(1), 5, 1],
    [percent(100), 7, 7],
    // The product is a hair more than a whole number in binary.
    [percent(8.8), 375, 33],
    [percent(0.1), 1000, 1],
    [count(0), 9, 0],
    [count(12), 9, 12],
  ])('%j of %i targets are %i', (of, total, expected) => {
    expect(amountOf(of, total)).toBe(expected);
  });

  test('reads as it was written', () => {
    expect([count(3), percent(12.5)].map(amountText)).toEqual(['3', '12.5%']);
  });
});

describe('the sizes of batches', () => {
  test.each([
    [
      'one after another, and the last one repeats',
      [count(1), percent(10), percent(50)],
      30,
      [1, 3, 15, 11],
    ],
    ['a single size', [count(4)], 10, [4, 4, 2]],
    ['none: all at once', [], 10, [10]],
    ['more than there are', [count(3), count(50)], 10, [3, 7]],
    ['percentages of all, not of what is left', [percent(50)], 7, [4, 3]],
    ['no targets, no batches', [count(2)], 0, []],
  ])('%s', (_, batches, total, expected) => {
    expect(batchSizes(total, batches)).toEqual(expected);
  });

  test('take in every target once; each but the last is just as large as was said', () => {
    fc.assert(
      fc.property(fc.nat(400), fc.array(amount, { maxLength: 4 }), (total, batches) => {
        const sizes = batchSizes(total, batches);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(total);
        for (const [at, size] of sizes.entries()) {
          const said = batches[Math.min(at, batches.length - 1)];
          const full = said === undefined ? total : amountOf(said, total);
          expect(size).toBeGreaterThan(0);
          expect(size).toBeLessThanOrEqual(full);
          if (at < sizes.length - 1) expect(size).toBe(full);
        }
      }),
      { numRuns: 100 },
    );
  });
});
