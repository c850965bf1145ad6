import { setTimeout } from 'node:timers/promises';
import { say, type Task } from './protocol.ts';

/**
 * Opens connections to hosts, holds them, and says by how much this process grows: per connection of the first
 * five thousand, and of those that follow. Wants --expose-gc.
 */
export async function sayGrowth(
  { hosts }: Task,
  open: (hosts: readonly string[]) => Promise<void>,
): Promise<void> {
  // The code that a first connection loads is no cost of each connection.
  await open(hosts.slice(0, 1));
  const start = await held();
  await open(hosts.slice(1, FIRST + 1));
  const first = await held();
  const others = hosts.slice(FIRST + 1);
  await open(others);
  const further = await held();
  say({
    rssKb: (first.rss - start.rss) / FIRST / 1024,
    heapKb: (first.heap - start.heap) / FIRST / 1024,
    furtherRssKb: (further.rss - first.rss) / others.length / 1024,
  });
}

async function held(): Promise<{ rss: number; heap: number }> {
  // What waits is asked about, not what has just been busy: V8 gives the room of a burst back when it is idle.
  await setTimeout(IDLE_MS);
  // A collection frees what finalizers and closed handles let go, and those run in between.
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc?.();
    await setTimeout(100);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}

const FIRST = 5000;
const IDLE_MS = 10_000;
