/** As many inputs as take a second or two. fast-check prints the seed of one that fails. */
export const TOKEN_RUNS = { numRuns: 400 };

/** CPU time: the machine may be busy with others. */
export function takesMs(task: () => void): number {
  const before = process.cpuUsage();
  task();
  return msSince(before);
}

/** The same of what is not done at once; what else this process does meanwhile counts, too. */
export async function takesMsInAll(task: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await task();
  return msSince(before);
}

function msSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** By how much this process has more memory at the end of a task than at its middle, where it has been warmed up. */
export async function grownMb(task: () => unknown): Promise<number> {
  await task();
  const before = process.memoryUsage.rss();
  await task();
  return (process.memoryUsage.rss() - before) / 1024 ** 2;
}
