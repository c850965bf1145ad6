import type { Bench } from '../bench-setup.ts';
import { ms, row, type Figure } from '../figure.ts';
import { measure } from '../measure.ts';
import type { KindCost } from '../programs/protocol.ts';

/** The kinds of job side by side: what one costs from its start to its end, one after another in one controller. */
export async function kindsFigure(bench: Bench): Promise<Figure> {
  const { output } = await measure({ argv: bench.program('kinds', bench.task) });
  const costs = JSON.parse(output) as readonly KindCost[];
  return {
    title: 'One job of each kind, start to end',
    columns: ['median ms', 'fastest ms', 'slowest ms'],
    rows: costs.map(({ kind, medianMs, fastestMs, slowestMs }) =>
      row(kind, [ms(medianMs), ms(fastestMs), ms(slowestMs)]),
    ),
    notes: [
      'Each does nothing (`true`, an empty function), 50 times, in turn, in one controller in process.',
    ],
  };
}
