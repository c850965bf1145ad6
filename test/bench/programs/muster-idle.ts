import { setTimeout } from 'node:timers/promises';
import { controllerOf, runTrueOn } from './muster-job.ts';
import { readTask, say } from './protocol.ts';

// What a connection that waits for the next command holds. Run with --expose-gc; the hosts are in another process.
const task = readTask();
await using controller = controllerOf(task);
// The code that a first connection loads is no cost of each connection.
await runTrueOn(controller, task, task.hosts.slice(0, 1));
const before = await held();
await runTrueOn(controller, task, task.hosts.slice(1));
const after = await held();
const connections = task.hosts.length - 1;
say({
  connections,
  rssKb: (after.rss - before.rss) / connections / 1024,
  heapKb: (after.heap - before.heap) / connections / 1024,
});

async function held(): Promise<{ rss: number; heap: number }> {
  // A collection frees what finalizers and closed handles let go, and those run in between.
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc?.();
    await setTimeout(100);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}
