import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { childrenOf, describeProcess, environmentOf, processes } from '../helpers/processes.ts';
import { FILE_VARIABLE } from '../setup/run-folder.ts';
import { isOver, waitFor, type Load } from './load.ts';
import type { Random } from './random.ts';
import type { Readers } from './readers.ts';
import { LONG_MS, type Rig } from './rig.ts';

/** After the last fault: brings every job to its end, receives all, removes all, and writes down what is left anywhere. */
export async function settle(
  rig: Rig,
  load: Load,
  readers: Readers,
  random: Random,
): Promise<void> {
  const { history } = rig;
  const unsettled = (): readonly string[] =>
    load.jobs
      .filter((job) => !isOver(job))
      .map(({ plan, last }) => `${plan.token} ${last?.state ?? 'never seen'}`);
  await emptied(unsettled, JOBS_MS, async () => {
    for (const job of load.jobs) {
      await job.look();
      if (isOver(job)) continue;
      if (job.hasSuspended) await job.command('resume');
      // What cannot be resumed, as nobody knows its input any more, is stopped.
      await job.look();
      if (job.hasSuspended) await job.command('stop');
      await readers.readAll(job);
      await job.look();
    }
  });
  history.add({ what: 'left', where: 'jobs without an end', names: unsettled() });
  for (const job of load.jobs) if (random.chance(0.2)) await waitFor(rig, job);
  for (const job of load.jobs) await job.command('remove');

  const kept = (): readonly string[] => durableFolders(rig);
  await emptied(kept, HOSTS_MS);
  // A host that cannot be reached when it is to forget, or whose controller is killed just then, keeps a folder until it is
  // cleaned: that is no loss, but it is counted.
  history.add({ what: 'kept', folders: kept() });
  const [host = ''] = rig.fleet.addresses(1);
  const clean = ['host-clean', ...rig.fleet.options, `--hosts=${host}`, '--older-than=0'];
  if (kept().length > 0) await rig.bg.muster(clean, { deadlineMs: LONG_MS });
  history.add({ what: 'left', where: 'folders on hosts', names: kept() });
  await emptied(hostProcesses, HOSTS_MS);
  history.add({ what: 'left', where: 'processes on hosts', names: hostProcesses() });
  history.add({ what: 'begun', lines: rig.begunLines() });
  const pid = rig.controllerPid ?? 0;
  history.add({
    what: 'left',
    where: 'children of the controller',
    names: childrenOf(pid).map(describeProcess),
  });
  const open = readdirSync(`/proc/${pid}/fd`);
  const most = rig.daemons.connections().length + SPARE_DESCRIPTORS;
  history.add({
    what: 'left',
    where: `descriptors of the controller above ${most}`,
    names: open.slice(most),
  });
}

/** Waits until there is none of it any more, but not for ever. */
async function emptied(
  left: () => readonly string[],
  ms: number,
  help: () => Promise<void> = async () => undefined,
): Promise<void> {
  const until = performance.now() + ms;
  while (left().length > 0 && performance.now() < until) {
    await help();
    await pause(LOOK_MS);
  }
}

/** What the hosts, which share a home, keep of durable commands. */
function durableFolders(rig: Rig): readonly string[] {
  const below = join(rig.fleet.folder, 'home', '.local/state/muster');
  return readdirSync(below).includes('durable') ? readdirSync(join(below, 'durable')) : [];
}

/** Everything that a session on a host began. */
function hostProcesses(): readonly string[] {
  const mark = `${FILE_VARIABLE}=${process.env[FILE_VARIABLE] ?? 'none'}`;
  const isSshd = (word = ''): boolean => word.includes('sshd');
  return processes()
    .filter(({ pid, args }) => pid !== process.pid && !isSshd(args[0]))
    .filter(({ pid }) => environmentOf(pid).includes(mark))
    .filter(({ parent }) => parent !== process.pid)
    .map(describeProcess);
}

const LOOK_MS = 250;
const JOBS_MS = 90_000;
const HOSTS_MS = 20_000;
/** For its socket, journal, log, and what Node has open of its own. */
const SPARE_DESCRIPTORS = 64;
