import { Controller } from '../../../src/index.ts';
import type { Fleet } from '../../fleet/sshd.ts';
import { eventually } from '../../helpers/eventually.ts';
import { remoteProcesses } from '../../helpers/processes.ts';
import type { Bench } from '../bench-setup.ts';
import { ms, row, type Figure, type Row } from '../figure.ts';

/** Stopping a thousand commands that run, four on each host, and a look that nothing of them is left. */
export async function stopFigure(bench: Bench, share = 1): Promise<Figure> {
  const rows: Row[] = [];
  const isRoot = process.getuid?.() === 0;
  const fleet = await bench.moreHosts({ hosts: HOSTS, user: 'plain', ownProcesses: isRoot });
  for (const count of new Set([100, 250, 1000].map((each) => Math.min(each, 1000 * share)))) {
    rows.push(await stopAll(fleet, Math.round(count)));
  }
  return {
    title: 'Stopping commands that run, four on each host: from the stop to the last one final',
    columns: ['wall ms', 'CPU ms', 'left'],
    rows,
    notes: [
      "`sleep`, and a background process of its own session. CPU is muster's own. As root, each host sees its own processes " +
        'only; all of them share the cores with muster.',
    ],
  };
}

async function stopAll(fleet: Fleet, count: number): Promise<Row> {
  const mark = `7${String(process.pid).padStart(7, '0')}.${count}`;
  const { user, port, userKey, knownHosts } = fleet;
  await using controller = new Controller({
    access: { knownHosts: [knownHosts], identities: [userKey], agent: null },
    spillFolder: null,
  });
  const hosts = fleet.addresses(Math.ceil(count / ON_EACH));
  const command = `setsid sleep ${mark} & sleep ${mark}`;
  const jobs = await Promise.all(
    Array.from({ length: ON_EACH }, () =>
      controller.start({ hosts, command, user, port, fanout: hosts.length }),
    ),
  );
  const running = hosts.length * jobs.length;
  await eventually(() => remoteProcesses(mark).length >= 2 * running, { deadlineMs: 120_000 });
  const cpu = process.cpuUsage();
  const from = performance.now();
  await Promise.all(jobs.map((job) => job.stop()));
  const wall = performance.now() - from;
  const { user: own, system } = process.cpuUsage(cpu);
  const left = remoteProcesses(mark).length;
  for (const job of jobs) {
    const { children } = await job.view();
    const other = children.find(({ state }) => state !== 'Stopped');
    if (other !== undefined) throw new Error(`${other.host} is ${other.state}, and not Stopped`);
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

const ON_EACH = 4;
/** For a thousand commands. */
const HOSTS = 250;
const WITHIN_MS = 5000;
