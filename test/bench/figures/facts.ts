import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { factsProgram } from '../../../src/work/facts/probe.ts';
import type { Bench } from '../bench-setup.ts';
import { ms, ratio, row, type Figure } from '../figure.ts';
import { measure } from '../measure.ts';
import { inTurn, median } from '../statistics.ts';

/** What asking every host for its facts costs, beside `true`; and what the program on a host costs that. */
export async function factsFigure(bench: Bench, rounds: number): Promise<Figure> {
  const { fleet, hosts, muster } = bench;
  const common = ['-w', hosts.join(','), '-O', 'quiet', ...fleet.options];
  const verbs = [
    ['run', ...common, '--', 'true'],
    ['facts', ...common],
  ];
  const samples = await inTurn(
    rounds,
    verbs.map((words) => () => measure({ argv: [...muster, ...words] })),
  );
  const walls = samples.map((costs) => median(costs.map(({ wallMs }) => wallMs)));
  const cpus = samples.map((costs) => median(costs.map(({ cpuMs }) => cpuMs)));
  const [trueWall = Number.NaN, factsWall = Number.NaN] = walls;
  const [trueCpu = Number.NaN, factsCpu = Number.NaN] = cpus;
  const probe = await probeMs(bench);
  const of = factsWall / trueWall;
  return {
    title: `Facts of ${hosts.length} hosts, nothing open before`,
    columns: ['wall ms', 'of true', 'CPU ms'],
    rows: [
      row('muster run true', [ms(trueWall), ratio(1), ms(trueCpu)]),
      row(
        'muster facts',
        [ms(factsWall), ratio(of), ms(factsCpu)],
        [{ name: 'of true', value: of, atMost: OF_TRUE }],
      ),
      row(
        'its program on a host',
        ['', '', ms(probe)],
        [{ name: 'CPU ms', value: probe, atMost: PROBE_MS }],
      ),
    ],
    notes: [
      `Whole processes; medians of ${rounds}, in turn. The servers and the programs share the machine. The program is run by ` +
        `/bin/sh, the mean of ${TIMES}.`,
    ],
  };
}

async function probeMs({ folder }: Bench): Promise<number> {
  const file = join(folder, 'facts.sh');
  writeFileSync(file, `done_reading() { :; }\n${factsProgram('mark', { updates: false })}`);
  const again = 'i=0; while [ $i -lt "$1" ]; do /bin/sh "$0" >/dev/null; i=$((i+1)); done';
  const { cpuMs } = await measure({ argv: ['/bin/sh', '-c', again, file, String(TIMES)] });
  return cpuMs / TIMES;
}

const TIMES = 50;
const OF_TRUE = 3;
const PROBE_MS = 20;
