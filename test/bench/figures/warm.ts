import type { Bench } from '../bench-setup.ts';
import { ms, ratio, row, type Figure } from '../figure.ts';
import { measure } from '../measure.ts';
import type { OwnCost } from '../programs/protocol.ts';
import { inTurn, median } from '../statistics.ts';

/** The second command of one process, over the connections of the first. */
export async function warmFigure(bench: Bench, rounds: number): Promise<Figure> {
  const contenders = ['bare-warm', 'muster-warm'].map((name) => {
    const argv = bench.program(name, bench.task);
    return async (): Promise<OwnCost> => {
      const { output } = await measure({ argv });
      return JSON.parse(output) as OwnCost;
    };
  });
  const [bare = [], muster = []] = await inTurn(rounds, contenders);
  const of = (samples: readonly OwnCost[], what: keyof OwnCost): number =>
    median(samples.map((sample) => sample[what]));
  const wall = of(muster, 'wallMs') / of(bare, 'wallMs');
  const cpu = of(muster, 'cpuMs') / of(bare, 'cpuMs');
  return {
    title: `\`true\` again on the same ${bench.hosts.length} hosts, over the open connections`,
    columns: ['wall ms', 'of bare', 'CPU ms', 'of bare'],
    rows: [
      row('bare ssh2 loop', [ms(of(bare, 'wallMs')), ratio(1), ms(of(bare, 'cpuMs')), ratio(1)]),
      row(
        'second job of one controller',
        [ms(of(muster, 'wallMs')), ratio(wall), ms(of(muster, 'cpuMs')), ratio(cpu)],
        [{ name: 'wall', value: wall, atMost: WALL_LIMIT }],
      ),
    ],
    notes: [`Without the start of the process; medians of ${rounds}, in turn.`],
  };
}

const WALL_LIMIT = 1.3;
