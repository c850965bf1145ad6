import type { Bench } from '../bench-setup.ts';
import { ms, ratio, row, type Figure } from '../figure.ts';
import { measure } from '../measure.ts';
import { withController } from '../service/controller.ts';
import { inTurn, median } from '../statistics.ts';

/** `muster jobs` as a whole process: with one job in the table, and with very many. */
export function tableFigure(bench: Bench, rounds: number): Promise<Figure> {
  return withController(bench, async ({ env, muster }) => {
    const list = { argv: [...bench.muster, 'jobs'], env };
    muster('start', '--local', '--', 'true');
    const [node = [], few = []] = await inTurn(rounds, [
      () => measure({ argv: [process.execPath, '-e', '0'] }),
      () => measure(list),
    ]);
    await measure({ argv: [...bench.program('fill-table', null), String(JOBS)], env });
    const [many = []] = await inTurn(5, [() => measure(list)]);
    const wall = (samples: readonly { readonly wallMs: number }[]): number =>
      median(samples.map(({ wallMs }) => wallMs));
    const of = wall(few) / wall(node);
    const manyMs = wall(many);
    return {
      title: '`muster jobs`',
      columns: ['wall ms', 'of node'],
      rows: [
        row('node -e 0', [ms(wall(node)), ratio(1)]),
        row('1 job', [ms(wall(few)), ratio(of)], [{ name: 'of node', value: of, atMost: 2.5 }]),
        row(
          `${JOBS} jobs`,
          [ms(manyMs), ratio(manyMs / wall(node))],
          [{ name: 'ms', value: manyMs, atMost: 500 }],
        ),
      ],
      notes: [`Whole processes; medians of ${rounds}, in turn; of 5 for the many.`],
    };
  });
}

const JOBS = 10_000;
