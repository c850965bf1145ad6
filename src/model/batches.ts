import type { Amount } from './rollout.ts';

/** How many of so many targets an amount is. */
export function amountOf(amount: Amount, total: number): number {
  if (amount.kind === 'count') return amount.count;
  // 1.1 % of 1000 comes out as a hair more than 11, which must not become 12.
  return Math.max(1, Math.ceil((total * amount.percent) / 100 - ROUNDING_ERROR));
}

/** `10`, or `10%`. */
export function amountText(amount: Amount): string {
  return amount.kind === 'count' ? `${amount.count}` : `${amount.percent}%`;
}

/**
 * The sizes of the batches that so many targets are done in, one after another: they add up to `total`, and none is empty.
 * Amounts are at least 1.
 */
export function batchSizes(total: number, batches: readonly Amount[]): readonly number[] {
  const sizes: number[] = [];
  let left = total;
  for (let at = 0; left > 0; at += 1) {
    const amount = batches[Math.min(at, batches.length - 1)];
    const size = Math.min(amount === undefined ? left : amountOf(amount, total), left);
    sizes.push(size);
    left -= size;
  }
  return sizes;
}

const ROUNDING_ERROR = 1e-9;
