import type { Bench } from '../bench-setup.ts';
import { row, type Figure, type Row } from '../figure.ts';
import { flood, look, type Flood } from '../flood-run.ts';
import { withController } from '../service/controller.ts';

/** Much output, of one host and of many, and what it does to memory. `share`: of the sizes that are promised. */
export async function floodFigure(bench: Bench, share = 1): Promise<Figure> {
  const one = Math.round(10e9 * share);
  const each = Math.round(100e6 * share);
  const hosts = bench.hosts.slice(0, 100);
  const rows: Row[] = [];
  const quiet = await flood(words(bench, 1, 'true'));
  const piped = await flood(words(bench, 1, zeros(one)));
  rows.push(rowOf('1 host, `run` to a pipe', piped, one, quiet.peakMb, RATE));
  const kept = await throughController(bench, 1, one);
  rows.push(rowOf('1 host, through a controller', kept.cost, one, kept.before, RATE));
  const slow = await flood(words(bench, hosts.length, zeros(each)), {}, SLOW_READER);
  const all = each * hosts.length;
  const quietAll = await flood(words(bench, hosts.length, 'true'));
  rows.push(rowOf('100 hosts, `run` to a slow pipe', slow, all, quietAll.peakMb, 0));
  const many = await throughController(bench, hosts.length, each);
  rows.push(rowOf('100 hosts, through a controller', many.cost, all, many.before, 0));
  const stored = await keptByController(bench, hosts.length, each);
  rows.push(rowOf('100 hosts, kept by a controller', stored.cost, all, stored.before, 0, KEPT_MB));
  return {
    title: `${one / 1e9} GB from one host, and ${each / 1e6} MB from each of 100`,
    columns: ['MB/s', 'CPU s per GB', 'grew by MB'],
    rows,
    notes: [
      'Zeros from real sshd, `--memory 32M`. Growth is of the whole resident memory of the process that keeps the results, the ' +
        'largest there was, above that of a command that says nothing on as many. The CPU time is that process alone; sshd, the ' +
        "command, the client and the pipe's reader share the cores with it. What is kept is text, another on each host, and goes " +
        'to the disk beyond the 32 MB.',
    ],
  };
}

async function throughController(
  bench: Bench,
  hosts: number,
  bytes: number,
): Promise<{ readonly cost: Flood; readonly before: number }> {
  return withController(
    bench,
    async ({ env, muster }) => {
      await flood(words(bench, hosts, 'true'), env);
      const { pid } = JSON.parse(muster('controller', 'status', '-O', 'json')) as { pid: number };
      const before = look(pid);
      const { bytes: came, wallMs } = await flood(words(bench, hosts, zeros(bytes)), env);
      const after = look(pid);
      if (before === null || after === null) throw new Error('the controller has gone');
      const cost = { ...after, cpuMs: after.cpuMs - before.cpuMs, bytes: came, wallMs };
      return { cost, before: before.peakMb };
    },
    ['--memory=32M'],
  );
}

/** Nobody receives it: what there is no memory for goes to the disk. */
async function keptByController(
  bench: Bench,
  hosts: number,
  each: number,
): Promise<{ readonly cost: Flood; readonly before: number }> {
  return withController(
    bench,
    async ({ env, muster }) => {
      await flood(words(bench, hosts, 'true'), env);
      const { pid } = JSON.parse(muster('controller', 'status', '-O', 'json')) as { pid: number };
      const before = look(pid);
      const began = performance.now();
      const ours = new Set([...bench.muster, 'run', '--memory=32M', '--no-prefix', '--quiet']);
      const options = words(bench, hosts, `yes "$SSH_CONNECTION" | head -c ${each}`);
      muster('start', ...options.filter((word) => !ours.has(word)));
      muster('wait', '*');
      const wallMs = performance.now() - began;
      const after = look(pid);
      if (before === null || after === null) throw new Error('the controller has gone');
      muster('remove', '*');
      const cost = { ...after, cpuMs: after.cpuMs - before.cpuMs, bytes: each * hosts, wallMs };
      return { cost, before: before.peakMb };
    },
    ['--memory=32M'],
  );
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
/** The budget, and what is on its way or no longer needed. */
const KEPT_MB = 32 + 100;
/** Takes nothing for a while, and then what there is: all that comes meanwhile has to wait on the hosts. */
const SLOW_READER = '{ sleep 3; wc -c; }';
