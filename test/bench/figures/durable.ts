import type { Bench } from '../bench-setup.ts';
import { ms, row, type Figure } from '../figure.ts';
import { measure } from '../measure.ts';
import type { DurableCost } from '../programs/protocol.ts';

/** What the supervisor of a durable command costs, beside the same command without one. */
export async function durableFigure(bench: Bench, rounds: number): Promise<Figure> {
  const argv = [...bench.program('durable-true', bench.task), String(rounds)];
  const { output } = await measure({ argv });
  const costs = JSON.parse(output) as readonly DurableCost[];
  const plain = costs.find(({ kind }) => kind === 'plain');
  const more = (cost: DurableCost): number => cost.medianMs - (plain?.medianMs ?? Number.NaN);
  return {
    title: '`true` on one host over an open connection, with a supervisor and without',
    columns: ['child ms', 'fastest', 'wall ms', 'more ms'],
    rows: costs.map((cost) => {
      const { kind, medianMs, fastestMs, wallMs } = cost;
      const bounds =
        kind === 'plain' ? [] : [{ name: 'more ms', value: more(cost), atMost: MORE_MS }];
      return row(kind, [ms(medianMs), ms(fastestMs), ms(wallMs), ms(more(cost))], bounds);
    }),
    notes: [`Medians of ${rounds}, in turn.`],
  };
}

const MORE_MS = 15;
