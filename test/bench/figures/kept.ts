import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from '../bench-setup.ts';
import { ms, ratio, row, type Figure } from '../figure.ts';
import { measure, type Program } from '../measure.ts';
import { FANOUT, findProgram, sshOptions } from '../peers.ts';
import { withController } from '../service/controller.ts';
import { inTurn, median } from '../statistics.ts';
import { rmSync } from 'node:fs';

/** The whole of `muster run` on hosts to which connections are open, beside ssh's own way to keep them. */
export async function keptFigure(bench: Bench, rounds: number): Promise<Figure> {
  // A socket's path has to be short.
  const sockets = mkdtempSync(join(tmpdir(), 'cm'));
  try {
    return await withController(bench, ({ env }) => compare(bench, rounds, sockets, env));
  } finally {
    endMasters(bench, sockets);
    rmSync(sockets, { recursive: true, force: true });
  }
}

async function compare(
  bench: Bench,
  rounds: number,
  sockets: string,
  env: Readonly<Record<string, string>>,
): Promise<Figure> {
  const { fleet, hosts, muster } = bench;
  const ssh = kept(bench, sockets);
  const clush = findProgram(['clush']);
  const contenders: readonly (readonly [string, Program])[] = [
    [
      'clush, ControlPersist',
      {
        argv: [clush ?? 'clush', ...clushOptions(ssh), '-w', hosts.join(','), 'true'],
      },
    ],
    [
      'xargs -P64 ssh, ControlPersist',
      {
        argv: ['xargs', `-P${FANOUT}`, '-I{}', 'ssh', ...ssh, '{}', 'true'],
        input: hosts.map((host) => `${host}\n`).join(''),
      },
    ],
    [
      'muster run, a controller',
      {
        argv: [
          ...muster,
          'run',
          '-w',
          hosts.join(','),
          '-O',
          'quiet',
          ...fleet.options,
          '--',
          'true',
        ],
        env,
      },
    ],
  ];
  const [, xargs, ours] = contenders;
  // The first run logs in. ssh's masters keep its stderr open, so nobody must wait for that to end.
  for (const program of [xargs, ours]) if (program !== undefined) once(program[1]);
  const samples = await inTurn(
    rounds,
    contenders.map(
      ([, program]) =>
        () =>
          measure(program),
    ),
  );
  const walls = samples.map((one) => median(one.map(({ wallMs }) => wallMs)));
  const cpus = samples.map((one) => median(one.map(({ cpuMs }) => cpuMs)));
  const [clushWall = Number.NaN, xargsWall = Number.NaN] = walls;
  return {
    title: `\`true\` on ${hosts.length} hosts, ${FANOUT} at once, connections kept`,
    columns: ['wall ms', 'of clush', 'of xargs', 'CPU ms'],
    rows: contenders.map(([what], index) => {
      const wall = walls[index] ?? Number.NaN;
      const bounds = [
        { name: 'of clush', value: wall / clushWall, atMost: CLUSH_LIMIT },
        { name: 'of xargs', value: wall / xargsWall, atMost: XARGS_LIMIT },
      ];
      return row(
        what,
        [ms(wall), ratio(wall / clushWall), ratio(wall / xargsWall), ms(cpus[index] ?? Number.NaN)],
        what.startsWith('muster') ? bounds : [],
      );
    }),
    notes: [
      `Whole processes; medians of ${rounds}, in turn. CPU is that of the client and its children: the controller's and ` +
        "the masters' work is not in it.",
    ],
  };
}

function kept({ fleet }: Bench, sockets: string): readonly string[] {
  return [
    ...sshOptions(fleet),
    '-oControlMaster=auto',
    `-oControlPath=${sockets}/%C`,
    '-oControlPersist=300',
  ];
}

function clushOptions(ssh: readonly string[]): readonly string[] {
  // clush reads its options as its configuration file's, where %% is a percent sign.
  const text = ssh.join(' ').replaceAll('%', '%%');
  return ['-q', '-S', `-f${FANOUT}`, '-R', 'ssh', '-o', text];
}

function once({ argv, input = '', env = {} }: Program): void {
  const [command = '', ...args] = argv;
  const { status } = spawnSync(command, args, {
    input,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`${command} exited ${status}`);
}

function endMasters(bench: Bench, sockets: string): void {
  mkdirSync(sockets, { recursive: true });
  spawnSync('xargs', ['-P8', '-I{}', 'ssh', ...kept(bench, sockets), '-O', 'exit', '{}'], {
    input: bench.hosts.map((host) => `${host}\n`).join(''),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}

const CLUSH_LIMIT = 0.6;
const XARGS_LIMIT = 1;
