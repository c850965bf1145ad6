import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Bench } from '../bench-setup.ts';
import { row, type Bound, type Figure, type Row } from '../figure.ts';
import { measure } from '../measure.ts';
import type { IdleMemory, Task } from '../programs/protocol.ts';
import { inTurn, median } from '../statistics.ts';

/** What five thousand connections hold that wait for the next command. */
export async function idleFigure(bench: Bench, rounds: number): Promise<Figure> {
  const samples = await withHosts(bench, 1 + CONNECTIONS + FURTHER, (task) =>
    inTurn(
      rounds,
      ['bare-idle', 'muster-idle'].map((name) => {
        const argv = bench.program(name, task, '--expose-gc');
        return async () => JSON.parse((await measure({ argv })).output) as IdleMemory;
      }),
    ),
  );
  const [bare = [], muster = []] = samples;
  return {
    title: `${CONNECTIONS} open idle connections`,
    columns: ['RSS KB each', 'heap KB each', 'RSS KB of each further one'],
    rows: [memoryRow('bare ssh2', bare, null), memoryRow('one controller', muster, LIMIT_KB)],
    notes: [
      `Above what the process held with one connection, each time after ten idle seconds and garbage collection; ` +
        `medians of ${rounds}, in turn; embedded hosts in another process. RSS may have V8's young generation in it, ` +
        `which a burst of work grows from 8 to 32 MB: ${FURTHER} further connections show what each holds.`,
    ],
  };
}

function memoryRow(what: string, samples: readonly IdleMemory[], atMost: number | null): Row {
  const rss = median(samples.map(({ rssKb }) => rssKb));
  const heap = median(samples.map(({ heapKb }) => heapKb));
  const bounds: readonly Bound[] =
    atMost === null
      ? []
      : [
          { name: 'RSS', value: rss, atMost },
          { name: 'heap', value: heap, atMost },
        ];
  const further = median(samples.map(({ furtherRssKb }) => furtherRssKb));
  return row(what, [rss.toFixed(1), heap.toFixed(1), further.toFixed(1)], bounds);
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

const CONNECTIONS = 5000;
const FURTHER = 500;
const LIMIT_KB = 40;
