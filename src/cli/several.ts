/** Works through a list, in order, with a bounded number under way: each is a connection to the controller. */
export async function someAtOnce<Item>(
  items: readonly Item[],
  task: (item: Item) => Promise<void>,
  signal: AbortSignal,
  most: number = AT_ONCE,
): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      if (signal.aborted) return;
      await task(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(items.length, most) }, worker));
}

/** Does one thing at a time, in the order in which they were asked for. */
export function inTurn(): <T>(action: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (action) => {
    const done = last.then(action);
    // Its failure is told to who asked for it, and the next one comes all the same.
    last = done.catch(() => undefined);
    return done;
  };
}

const AT_ONCE = 64;
