/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * Measures every contender in turn (A B C A B C ...), so that what disturbs the machine disturbs them all alike.
 * Gives each one's samples, in the order of the contenders.
 */
export async function inTurn<T>(
  rounds: number,
  contenders: readonly (() => Promise<T>)[],
): Promise<readonly (readonly T[])[]> {
  const samples = contenders.map((): T[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      samples[index]?.push(await contender());
    }
  }
  return samples;
}
