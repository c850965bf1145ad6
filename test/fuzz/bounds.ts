/** As many inputs as take a second or two. fast-check prints the seed of one that fails. */
export const TOKEN_RUNS = { numRuns: 400 };

/** CPU time: the machine may be busy with others. */
export function takesMs(task: () => void): number {
  const before = process.cpuUsage();
  task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
