import { batchSizes } from '../../model/batches.ts';
import type { Rollout } from '../../model/rollout.ts';

/** Things in the batches in which they are begun: in their own order, or, shuffled, in one of chance. Each is in one batch, once. */
export function inBatches<T>(
  things: readonly T[],
  { batches, shuffle }: Pick<Rollout, 'batches' | 'shuffle'>,
  random: () => number,
): readonly (readonly T[])[] {
  const order = shuffle ? shuffled(things, random) : things;
  if (batches.length === 0) return [order];
  let end = 0;
  return batchSizes(order.length, batches).map((size) => {
    end += size;
    return order.slice(end - size, end);
  });
}

/** Each draws a lot, and the lowest comes first: every order is as likely as any other. */
function shuffled<T>(things: readonly T[], random: () => number): readonly T[] {
  return things
    .map((thing) => ({ thing, lot: random() }))
    .sort((one, other) => one.lot - other.lot)
    .map(({ thing }) => thing);
}
