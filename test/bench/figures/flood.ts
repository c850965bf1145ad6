import type { Bench } from '../bench-setup.ts';
import { row, type Figure, type Row } from '../figure.ts';
import { flood, look, type Flood } from '../flood-run.ts';
import { withController, type BenchController } from '../service/controller.ts';

/** Much output, of one host and of many, and what it does to memory. `share`: of the sizes that are promised. */
export async function floodFigure(bench: Bench, share = 1): Promise<Figure> {
  const one = Math.round(10e9 * share);
  const each = Math.round(100e6 * share);
  const hosts = bench.hosts.slice(0, 100);
  const rows: Row[] = [];
  const quiet = await flood(words(bench, 1, 'true'));
  const piped = await flood(words(bench, 1, zeros(one)));
  rows.push(rowOf('1 host, `run` to a pipe', piped, one, quiet.peakMb, RATE));
  const kept = await throughController(bench, 1, one, '32M');
  rows.push(rowOf('1 host, through a controller', kept.cost, one, kept.before, RATE));
  const slow = await flood(words(bench, hosts.length, zeros(each)), {}, SLOW_READER);
  const all = each * hosts.length;
  const quietAll = await flood(words(bench, hosts.length, 'true'));
  rows.push(rowOf('100 hosts, `run` to a slow pipe', slow, all, quietAll.peakMb, 0, BUDGET_MB));
  const many = await throughController(bench, hosts.length, each, BUDGET);
  rows.push(rowOf('100 hosts, through a controller', many.cost, all, many.before, 0, BUDGET_MB));
  const stored = await keptByController(bench, hosts.length, each, BUDGET);
  rows.push(
    rowOf('100 hosts, kept by a controller', stored.cost, all, stored.before, 0, BUDGET_MB),
  );
  return {
    title: `${one / 1e9} GB from one host, and ${each / 1e6} MB from each of 100`,
    columns: ['MB/s', 'CPU s per GB', 'grew by MB'],
    rows,
    notes: [
      'Zeros from real sshd; `--memory 32M` for the one host, and 512 MiB, as is the default, for the 100. Growth is of the ' +
        'whole resident memory of the process that keeps the results, the largest there was, above that of a command that says nothing on as many. The CPU time is that process alone; sshd, the ' +
        "command, the client and the pipe's reader share the cores with it. What is kept is text, another on each host, and goes " +
        'to the disk beyond the 512 MiB.',
    ],
  };
}

interface Told {
  readonly cost: Flood;
  /** Its memory before, at the most. */
  readonly before: number;
}

/** What it costs a controller of this budget; the first command is so that it has all loaded. */
async function ofController(
  bench: Bench,
  hosts: number,
  memory: string,
  task: (service: BenchController) => Promise<Pick<Flood, 'bytes' | 'wallMs'>>,
): Promise<Told> {
  return withController(
    bench,
    async (service) => {
      await flood(words(bench, hosts, 'true'), service.env);
      const status = service.muster('controller', 'status', '-O', 'json');
      const { pid } = JSON.parse(status) as { pid: number };
      const before = look(pid);
      const came = await task(service);
      const after = look(pid);
      if (before === null || after === null) throw new Error('the controller has gone');
      const cost = { ...came, ...after, cpuMs: after.cpuMs - before.cpuMs };
      return { cost, before: before.peakMb };
    },
    [`--memory=${memory}`],
  );
}

function throughController(
  bench: Bench,
  hosts: number,
  bytes: number,
  memory: string,
): Promise<Told> {
  return ofController(bench, hosts, memory, ({ env }) =>
    flood(words(bench, hosts, zeros(bytes)), env),
  );
}

/** Nobody receives it: what there is no memory for goes to the disk. */
function keptByController(
  bench: Bench,
  hosts: number,
  each: number,
  memory: string,
): Promise<Told> {
  return ofController(bench, hosts, memory, ({ muster }) => {
    const began = performance.now();
    const ours = new Set([...bench.muster, 'run', '--memory=32M', '--no-prefix', '--quiet']);
    const options = words(bench, hosts, `yes "$SSH_CONNECTION" | head -c ${each}`);
    muster('start', ...options.filter((word) => !ours.has(word)));
    muster('wait', '*');
    const wallMs = performance.now() - began;
    muster('remove', '*');
    return Promise.resolve({ bytes: each * hosts, wallMs });
  });
}

function words(bench: Bench, hosts: number, command: string): readonly string[] {
  const { user, port, userKey, knownHosts } = bench.fleet;
  return [
    ...bench.muster,
    'run',
    `--hosts=${bench.hosts.slice(0, hosts).join(',')}`,
    `--user=${user}`,
    `--port=${port}`,
    `--identity=${userKey}`,
    `--known-hosts=${knownHosts}`,
    '--fanout=100',
    '--memory=32M',
    '--no-prefix',
    '--quiet',
    '--',
    command,
  ];
}

function zeros(bytes: number): string {
  return `head -c ${bytes} /dev/zero`;
}

function rowOf(
  what: string,
  cost: Flood,
  wanted: number,
  before: number,
  rate: number,
  growthMb = GROWTH_MB,
): Row {
  // A last line without a newline is given one.
  if (cost.bytes < wanted || cost.bytes > wanted + 1e6)
    throw new Error(`${what}: ${cost.bytes} bytes came of ${wanted}`);
  const perSecond = wanted / 1e6 / (cost.wallMs / 1000);
  const growth = cost.peakMb - before;
  const cpu = cost.cpuMs / 1000 / (wanted / 1e9);
  return row(
    what,
    [perSecond.toFixed(0), cpu.toFixed(2), growth.toFixed(0)],
    [
      ...(rate === 0 ? [] : [{ name: 's for 200 MB', value: rate / perSecond, atMost: 1 }]),
      { name: 'MB', value: growth, atMost: growthMb },
    ],
  );
}

const RATE = 200;
const GROWTH_MB = 64;
/** The default. */
const BUDGET = '512M';
const BUDGET_MB = 536;
/** Takes nothing for a while, and then what there is: all that comes meanwhile has to wait on the hosts. */
const SLOW_READER = '{ sleep 3; wc -c; }';
