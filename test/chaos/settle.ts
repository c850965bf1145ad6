import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EVERY_JOB } from '../../src/model/query.ts';
import { errorCode } from '../helpers/error-code.ts';
import { childrenOf, describeProcess, environmentOf, processes } from '../helpers/processes.ts';
import { FILE_VARIABLE } from '../setup/run-folder.ts';
import { canaries, leftBehind } from './artefacts.ts';
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
  let others: readonly string[] = ['not looked at yet'];
  for (const job of load.jobs) if (random.chance(0.2)) await waitFor(rig, job);
  for (const job of load.jobs) if (!job.isMissing) await job.command('remove');
  // Those of foreground commands that were killed, or lost their controller.
  await emptied(
    () => others,
    HOSTS_MS,
    async () => {
      others = await otherJobs(rig);
    },
  );
  history.add({ what: 'left', where: 'jobs that were removed, or are nobody’s', names: others });

  // What hosts kept while they could not be reached, or for controllers that were killed, they are to forget now.
  const kept = (): readonly string[] => durableFolders(rig);
  history.add({ what: 'kept', folders: kept() });
  await emptied(kept, FORGOTTEN_MS);
  history.add({ what: 'left', where: 'folders on hosts', names: kept() });
  await emptied(hostProcesses, HOSTS_MS);
  history.add({ what: 'left', where: 'processes on hosts', names: hostProcesses() });
  history.add({ what: 'begun', lines: rig.begunLines() });
  leftOfController(rig);
  history.add({ what: 'left', where: 'the canary secret', names: canaries(rig) });
  await rig.bg.muster(['controller', 'stop', '--stop-jobs'], { deadlineMs: LONG_MS });
  // Its lock is the last that goes.
  await emptied(() => leftBehind(rig), HOSTS_MS);
  history.add({
    what: 'left',
    where: 'beside a socket, by its controller',
    names: leftBehind(rig),
  });
}

/** Writes down what it has still, though it has nothing to do. */
function leftOfController(rig: Rig): void {
  const { controllerPid: pid, history } = rig;
  if (pid === null) throw new Error('the controller is gone, though nobody ended it');
  const children = childrenOf(pid).map(describeProcess);
  history.add({ what: 'left', where: 'children of the controller', names: children });
  const open = readdirSync(`/proc/${pid}/fd`);
  const most = rig.connections().length + SPARE_DESCRIPTORS;
  const where = `descriptors of the controller above ${most}`;
  history.add({ what: 'left', where, names: open.slice(most) });
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

/** Has the controller end and remove what jobs it has still, and names those that are there. */
async function otherJobs(rig: Rig): Promise<readonly string[]> {
  const jobs = await rig.ask(async (client) => {
    const found = (await client.find(EVERY_JOB)).jobs.filter(({ parentId }) => parentId === null);
    for (const { id } of found) await client.remove(id, { force: true });
    return found.map(({ id, name, state }) => `${id} ${name} ${state}`);
  });
  return jobs ?? ['the controller is away'];
}

/** What the hosts keep of durable commands: most share one home, and those with a small disk another one. */
function durableFolders(rig: Rig): readonly string[] {
  const homes = [join(rig.fleet.folder, 'home'), ...(rig.disk === null ? [] : [rig.disk.home])];
  return homes.flatMap((home) => {
    const place = join(home, '.local/state/muster/durable');
    if (!existsSync(place)) return [];
    return readdirSync(place).flatMap((id) => keptIn(join(place, id)));
  });
}

/** Nothing, where it only says that a beginning which may be on its way still is to begin nothing. */
function keptIn(folder: string): readonly string[] {
  try {
    const files = readdirSync(folder);
    const lease = readFileSync(join(folder, 'lease'), 'latin1').trim();
    return files.length === 1 && lease === 'removed' ? [] : [`${folder}: ${files.join(' ')}`];
  } catch (error) {
    // It is being removed this moment, or was never begun in.
    if (errorCode(error) !== 'ENOENT') throw error;
    return existsSync(folder) ? [folder] : [];
  }
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
const JOBS_MS = 180_000;
const HOSTS_MS = 30_000;
/** A host that was away is asked again after a while. */
const FORGOTTEN_MS = 120_000;
/** For its socket, journal, log, and what Node has open of its own. */
const SPARE_DESCRIPTORS = 64;
