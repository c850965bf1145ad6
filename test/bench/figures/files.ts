import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from '../bench-setup.ts';
import { ms, ratio, row, type Figure, type Row } from '../figure.ts';
import { measure, type Cost, type Program } from '../measure.ts';
import { sshOptions } from '../peers.ts';
import { inTurn, median } from '../statistics.ts';

/** The whole of `muster upload` beside scp: one large file to one host and to eight, and many small ones. */
export async function filesFigure(bench: Bench, rounds: number): Promise<Figure> {
  const base = mkdtempSync(join(tmpdir(), 'muster-files-'));
  // The hosts' user is another one.
  chmodSync(base, 0o755);
  try {
    const source = makeSources(base);
    const rows: Row[] = [];
    for (const trial of trials(bench, source)) {
      const there = join(base, 'there');
      rows.push(...(await compare(trial, there, bench.hosts, rounds)));
      rmSync(there, { recursive: true });
    }
    return {
      title: 'Files to hosts, nothing open before and nothing there',
      columns: ['wall ms', 'of scp', 'CPU ms', 'of scp'],
      rows,
      notes: [
        `Whole processes; medians of ${rounds}, in turn. CPU is user and system time of the client and its children. ` +
          'Everybody with curve25519-sha256, aes128-gcm, the same key and known_hosts. muster also compares digests, and ' +
          'gives each file its name only then; scp does neither.',
      ],
    };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

interface Trial {
  readonly what: string;
  /** To a folder that has one for each host. */
  readonly scp: (there: string) => Program;
  readonly muster: (there: string) => Program;
  readonly limit: number;
  /** What has arrived goes only when all rounds are over. */
  readonly isKept: boolean;
}

function trials(
  { fleet, hosts, muster }: Bench,
  source: { readonly large: string; readonly tree: string },
): readonly Trial[] {
  const [one = ''] = hosts;
  const eight = hosts.slice(0, 8);
  const scp = (...words: readonly string[]): readonly string[] => [
    'scp',
    '-q',
    ...sshOptions(fleet),
    ...words,
  ];
  const upload =
    (to: readonly string[], path: string) =>
    (there: string): Program => ({
      argv: [
        ...muster,
        'upload',
        '-w',
        to.join(','),
        '-O',
        'quiet',
        ...fleet.options,
        path,
        `${there}/{host}/`,
      ],
    });
  return [
    {
      what: '100 MB to one host',
      scp: (there) => ({ argv: scp(source.large, `${one}:${there}/${one}/`) }),
      muster: upload([one], source.large),
      limit: 0.8,
      isKept: false,
    },
    {
      what: '100 MB to eight hosts',
      scp: (there) => ({
        argv: ['xargs', '-P8', '-I{}', ...scp(source.large, `{}:${there}/{}/`)],
        input: eight.map((host) => `${host}\n`).join(''),
      }),
      muster: upload(eight, source.large),
      limit: 1.15,
      isKept: false,
    },
    {
      what: `${FILES} small files to one host`,
      scp: (there) => ({ argv: scp('-r', source.tree, `${one}:${there}/${one}/`) }),
      muster: upload([one], source.tree),
      limit: 0.5,
      // ext4 passes over the places of files that were removed in the last minutes, one by one, which takes longer than all
      // the rest.
      isKept: true,
    },
  ];
}

async function compare(
  { what, scp, muster, limit, isKept }: Trial,
  base: string,
  hosts: readonly string[],
  rounds: number,
): Promise<readonly Row[]> {
  let runs = 0;
  const fresh = async (program: (there: string) => Program): Promise<Cost> => {
    runs += 1;
    const there = join(base, String(runs));
    for (const host of hosts.slice(0, 8)) {
      mkdirSync(join(there, host), { recursive: true });
      chmodSync(join(there, host), 0o777);
    }
    const cost = await measure(program(there));
    if (!isKept) rmSync(there, { recursive: true });
    return cost;
  };
  const samples = await inTurn(rounds, [() => fresh(scp), () => fresh(muster)]);
  const [theirs = NONE, ours = NONE] = samples.map((costs) => ({
    wallMs: median(costs.map(({ wallMs }) => wallMs)),
    cpuMs: median(costs.map(({ cpuMs }) => cpuMs)),
  }));
  const wall = ours.wallMs / theirs.wallMs;
  const cpu = ratio(ours.cpuMs / theirs.cpuMs);
  return [
    row(`${what}: scp`, [ms(theirs.wallMs), '1.00', ms(theirs.cpuMs), '1.00'], []),
    row(
      `${what}: muster upload`,
      [ms(ours.wallMs), ratio(wall), ms(ours.cpuMs), cpu],
      [{ name: 'wall', value: wall, atMost: limit }],
    ),
  ];
}

function makeSources(base: string): { readonly large: string; readonly tree: string } {
  const large = join(base, 'large');
  writeFileSync(large, randomBytes(100_000_000));
  const tree = join(base, 'tree');
  for (let at = 0; at < FILES; at += 1) {
    const folder = join(tree, `folder${Math.floor(at / 100)}`);
    if (at % 100 === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file${at}`), randomBytes(1000 + (at % 500)));
  }
  return { large, tree };
}

const FILES = 10_000;
const NONE: Cost = { wallMs: Number.NaN, cpuMs: Number.NaN };
