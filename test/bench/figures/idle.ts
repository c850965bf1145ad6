import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Bench } from '../bench-setup.ts';
import { row, type Figure } from '../figure.ts';
import { measure } from '../measure.ts';
import type { IdleMemory, Task } from '../programs/protocol.ts';
import { median } from '../statistics.ts';

/** What a thousand connections hold that wait for the next command. */
export async function idleFigure(bench: Bench, rounds: number): Promise<Figure> {
  const samples = await withHosts(bench, CONNECTIONS + 1, async (task) => {
    const argv = bench.program('muster-idle', task, '--expose-gc');
    const all: IdleMemory[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const { output } = await measure({ argv });
      all.push(JSON.parse(output) as IdleMemory);
    }
    return all;
  });
  const rss = median(samples.map(({ rssKb }) => rssKb));
  const heap = median(samples.map(({ heapKb }) => heapKb));
  return {
    title: `${CONNECTIONS} open idle connections`,
    columns: ['RSS KB each', 'heap KB each'],
    rows: [
      row(
        'one controller',
        [rss.toFixed(1), heap.toFixed(1)],
        [
          { name: 'RSS', value: rss, atMost: LIMIT_KB },
          { name: 'heap', value: heap, atMost: LIMIT_KB },
        ],
      ),
    ],
    notes: [
      `Above what the process held with one connection, after garbage collection; medians of ${rounds}. ` +
        'Embedded hosts in another process.',
    ],
  };
}

async function withHosts<T>(
  bench: Bench,
  count: number,
  work: (task: Task) => Promise<T>,
): Promise<T> {
  const [command = '', ...args] = bench.program('embedded-hosts', null);
  const hosts = spawn(command, [...args, bench.folder, String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(hosts, 'exit');
  try {
    for await (const line of createInterface(hosts.stdout)) {
      return await work(JSON.parse(line) as Task);
    }
    throw new Error('the embedded hosts did not start');
  } finally {
    hosts.stdin.end();
    await ended;
  }
}

const CONNECTIONS = 1000;
const LIMIT_KB = 60;
