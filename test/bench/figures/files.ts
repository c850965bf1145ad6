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
    for (const trial of trials(bench, source, join(base, 'there'))) {
      rows.push(...(await compare(trial, join(base, 'there'), bench.hosts, rounds)));
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
  readonly scp: Program;
  readonly muster: Program;
  readonly limit: number;
}

function trials(
  { fleet, hosts, muster }: Bench,
  source: { readonly large: string; readonly tree: string },
  there: string,
): readonly Trial[] {
  const [one = ''] = hosts;
  const eight = hosts.slice(0, 8);
  const scp = (...words: readonly string[]): readonly string[] => [
    'scp',
    '-q',
    ...sshOptions(fleet),
    ...words,
  ];
  const upload = (to: readonly string[], path: string): Program => ({
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
      scp: { argv: scp(source.large, `${one}:${there}/${one}/`) },
      muster: upload([one], source.large),
      limit: 0.8,
    },
    {
      what: '100 MB to eight hosts',
      scp: {
        argv: ['xargs', '-P8', '-I{}', ...scp(source.large, `{}:${there}/{}/`)],
        input: eight.map((host) => `${host}\n`).join(''),
      },
      muster: upload(eight, source.large),
      limit: 1.15,
    },
    {
      what: `${FILES} small files to one host`,
      scp: { argv: scp('-r', source.tree, `${one}:${there}/${one}/`) },
      muster: upload([one], source.tree),
      limit: 0.5,
    },
  ];
}

async function compare(
  { what, scp, muster, limit }: Trial,
  there: string,
  hosts: readonly string[],
  rounds: number,
): Promise<readonly Row[]> {
  const fresh = async (program: Program): Promise<Cost> => {
    rmSync(there, { recursive: true, force: true });
    for (const host of hosts.slice(0, 8)) {
      mkdirSync(join(there, host), { recursive: true });
      chmodSync(join(there, host), 0o777);
    }
    return measure(program);
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
