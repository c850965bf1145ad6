import { asError } from '../../base/system-error.ts';

/** Does `task` for each item, in order, at most `limit` at once. The first error is thrown when none is under way any more. */
export async function pooled<Item>(
  items: readonly Item[],
  limit: number,
  task: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    while (failures.length === 0) {
      const item = items[next];
      next += 1;
      if (item === undefined) return;
      try {
        await task(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  if (failures.length > 0) throw asError(failures[0]);
}
