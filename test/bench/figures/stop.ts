import { Controller, type Target } from '../../../src/index.ts';
import type { Fleet } from '../../fleet/sshd.ts';
import { eventually } from '../../helpers/eventually.ts';
import { remoteProcesses } from '../../helpers/processes.ts';
import type { Bench } from '../bench-setup.ts';
import { ms, row, type Figure, type Row } from '../figure.ts';

/** Stopping a thousand commands that run, four on each host, and a look that nothing of them is left. */
export async function stopFigure(bench: Bench, share = 1): Promise<Figure> {
  const most = Math.round(MOST * share);
  const machines: Fleet[] = [];
  while (machines.length * OF_ONE_MACHINE * ON_EACH < most) {
    // As root, each with its own processes: hosts that are one machine all look through the processes of all.
    const through = process.getuid?.() === 0 ? ['unshare', '-pf', '--mount-proc'] : [];
    machines.push(await bench.moreHosts({ hosts: OF_ONE_MACHINE, through }));
  }
  const rows: Row[] = [];
  for (const count of new Set([100, 250, MOST].map((each) => Math.min(each, most)))) {
    rows.push(await stopAll(machines, count));
  }
  for (const machine of machines) await machine.stop();
  return {
    title: 'Stopping commands that run, four on each host: from the stop to the last one final',
    columns: ['wall ms', 'CPU ms', 'left'],
    rows,
    notes: [
      "`sleep`, and a background process of its own session. CPU is muster's own. Four hosts together have processes of " +
        'their own, and all share two cores with muster.',
    ],
  };
}

async function stopAll(machines: readonly Fleet[], count: number): Promise<Row> {
  const mark = `7${String(process.pid).padStart(7, '0')}.${count}`;
  await using controller = new Controller({
    access: { knownHosts: machines.map(({ knownHosts }) => knownHosts), agent: null },
    spillFolder: null,
  });
  const hosts: Target[] = machines
    .flatMap((machine) => machine.addresses(OF_ONE_MACHINE).map((one) => machine.target(one)))
    .slice(0, Math.ceil(count / ON_EACH));
  const command = `setsid sleep ${mark} & sleep ${mark}`;
  const jobs = await Promise.all(
    Array.from({ length: ON_EACH }, () =>
      controller.start({ hosts, command, fanout: hosts.length }),
    ),
  );
  const running = hosts.length * jobs.length;
  await eventually(() => remoteProcesses(mark).length >= 2 * running, { deadlineMs: 180_000 });
  const cpu = process.cpuUsage();
  const from = performance.now();
  await Promise.all(jobs.map((job) => job.stop()));
  const wall = performance.now() - from;
  const { user: own, system } = process.cpuUsage(cpu);
  const left = remoteProcesses(mark).length;
  for (const job of jobs) {
    const { children } = await job.view();
    const other = children.find(({ state }) => state !== 'Stopped');
    if (other !== undefined) {
      throw new Error(`${other.host} is ${other.state}: ${other.failure?.message ?? ''}`);
    }
    await job.remove();
  }
  return row(
    `${running} commands`,
    [ms(wall), ms((own + system) / 1000), String(left)],
    [
      { name: 'ms', value: wall, atMost: WITHIN_MS },
      { name: 'left', value: left, atMost: 0 },
    ],
  );
}

const MOST = 1000;
const ON_EACH = 4;
const OF_ONE_MACHINE = 4;
const WITHIN_MS = 5000;
