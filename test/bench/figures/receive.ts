import type { Bench } from '../bench-setup.ts';
import { row, type Figure } from '../figure.ts';
import { measure } from '../measure.ts';
import type { Received } from '../programs/protocol.ts';
import { withController } from '../service/controller.ts';
import { median } from '../statistics.ts';

/** What comes through the socket, and what it does to the controller's memory. */
export async function receiveFigure(bench: Bench, rounds: number): Promise<Figure> {
  const samples: Received[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { output } = await withController(bench, ({ env }) =>
      measure({ argv: [...bench.program('receive-all', null), String(BYTES)], env }),
    );
    samples.push(JSON.parse(output) as Received);
  }
  const rate = median(samples.map(({ bytes, wallMs }) => bytes / 1e6 / (wallMs / 1000)));
  const growth = median(samples.map(({ growthMb }) => growthMb));
  return {
    title: '1 GB of a local process received through the socket',
    columns: ['MB/s', 'controller grew by MB'],
    rows: [
      row(
        'follow',
        [rate.toFixed(0), growth.toFixed(0)],
        [
          { name: 's for 200 MB', value: 200 / rate, atMost: 1 },
          { name: 'MB', value: growth, atMost: GROWTH_LIMIT_MB },
        ],
      ),
    ],
    notes: [
      `Medians of ${rounds}. The process writes, the controller keeps and sends, a client takes and acknowledges, all on ` +
        'this machine. Growth is of the whole resident memory, the largest seen, above what it was before the job.',
    ],
  };
}

const BYTES = 1e9;
/** Far below what is received: a queue of what is on its way, and the heap's young generation. */
const GROWTH_LIMIT_MB = 120;
