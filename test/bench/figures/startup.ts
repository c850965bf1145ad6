import type { Bench } from '../bench-setup.ts';
import { ms, ratio, row, type Figure } from '../figure.ts';
import { measure } from '../measure.ts';
import { inTurn, median } from '../statistics.ts';

/** What a command that touches no host costs, beside a Node that does nothing. */
export async function startupFigure({ muster }: Bench, rounds: number): Promise<Figure> {
  const contenders = [
    { what: 'node -e 0', argv: [process.execPath, '-e', '0'], atMost: null },
    { what: 'muster --version', argv: [...muster, '--version'], atMost: 1.3 },
    { what: "muster hosts -w 'n[1-1000]'", argv: [...muster, ...HOSTS], atMost: 2.5 },
  ];
  const samples = await inTurn(
    rounds,
    contenders.map(
      ({ argv }) =>
        async () =>
          (await measure({ argv })).wallMs,
    ),
  );
  const walls = samples.map(median);
  const empty = walls[0] ?? Number.NaN;
  return {
    title: 'Start',
    columns: ['wall ms', 'of node'],
    rows: contenders.map(({ what, atMost }, index) => {
      const wallMs = walls[index] ?? Number.NaN;
      const value = wallMs / empty;
      const bounds = atMost === null ? [] : [{ name: 'wall', value, atMost }];
      return row(what, [ms(wallMs), ratio(value)], bounds);
    }),
    notes: [`Medians of ${rounds}, in turn.`],
  };
}

const HOSTS = ['hosts', '-w', 'n[1-1000]'] as const;
