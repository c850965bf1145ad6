import type { Bench } from '../bench-setup.ts';
import { ms, ratio, row, type Figure, type Row } from '../figure.ts';
import { measure, type Cost, type Program } from '../measure.ts';
import { FANOUT, findProgram, PEERS, xargs } from '../peers.ts';
import { inTurn, median } from '../statistics.ts';

/** The whole of `muster run` on hosts to which no connection is open, beside other ways to do the same. */
export async function coldFigure(bench: Bench, rounds: number): Promise<Figure> {
  const { fleet, hosts, folder, muster, program, task } = bench;
  const { here, missing } = findPeers();
  const contenders: readonly (readonly [string, Program])[] = [
    ['xargs -P64 ssh', xargs(fleet, hosts)],
    ['muster run', { argv: [...muster, 'run', ...musterOptions(bench), '--', 'true'] }],
    ['bare ssh2 loop', { argv: program('bare-cold', task) }],
    ...here.map(({ peer, file }) => [peer.name, peer.program(file, fleet, hosts, folder)] as const),
  ];
  const samples = await inTurn(
    rounds,
    contenders.map(
      ([, one]) =>
        () =>
          measure(one),
    ),
  );
  const costs = samples.map(medianCost);
  const yardstick = costs[0] ?? { wallMs: Number.NaN, cpuMs: Number.NaN };
  const rows = contenders.map(([what], index): Row => {
    const { wallMs, cpuMs } = costs[index] ?? yardstick;
    const wall = wallMs / yardstick.wallMs;
    const cpu = cpuMs / yardstick.cpuMs;
    const bounds = [
      { name: 'wall', value: wall, atMost: WALL_LIMIT },
      { name: 'CPU', value: cpu, atMost: CPU_LIMIT },
    ];
    const values = [ms(wallMs), ratio(wall), ms(cpuMs), ratio(cpu)];
    return row(what, values, what === 'muster run' ? bounds : []);
  });
  return {
    title: `\`true\` on ${hosts.length} hosts, ${FANOUT} at once, nothing open before`,
    columns: ['wall ms', 'of xargs', 'CPU ms', 'of xargs'],
    rows: [...rows, ...missing.map((name) => row(name, ['missing', '', '', '']))],
    notes: [
      `Whole processes; medians of ${rounds}, in turn. CPU is user and system time of the client and its children. ` +
        'Everybody with curve25519-sha256, aes128-gcm, the same key and known_hosts. The servers share the machine.',
    ],
  };
}

function musterOptions({ fleet, hosts }: Bench): readonly string[] {
  return ['-w', hosts.join(','), '-O', 'quiet', ...fleet.options];
}

function findPeers(): {
  readonly here: readonly { readonly peer: (typeof PEERS)[number]; readonly file: string }[];
  readonly missing: readonly string[];
} {
  const found = PEERS.map((peer) => ({ peer, file: findProgram(peer.commands) }));
  return {
    here: found.flatMap(({ peer, file }) => (file === null ? [] : [{ peer, file }])),
    missing: found.flatMap(({ peer, file }) => (file === null ? [peer.name] : [])),
  };
}

function medianCost(samples: readonly Cost[]): Cost {
  return {
    wallMs: median(samples.map(({ wallMs }) => wallMs)),
    cpuMs: median(samples.map(({ cpuMs }) => cpuMs)),
  };
}

const WALL_LIMIT = 0.95;
const CPU_LIMIT = 0.45;
