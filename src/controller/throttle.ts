import PQueue from 'p-queue';

/** Lets so many tasks run at once, in the order in which they were added. */
export interface Throttle {
  /** Runs the task when its turn comes; settles as it does. */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Tasks waiting for their turn. */
  readonly waiting: number;
}

export function createThrottle(limit: number): Throttle {
  const queue = new PQueue({ concurrency: limit });
  return {
    run: (task) => queue.add(task),
    get waiting() {
      return queue.size;
    },
  };
}
