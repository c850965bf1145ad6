import { setTimeout as pause } from 'node:timers/promises';
import { COMMAND_KINDS, planCommand } from './commands.ts';
import type { JobPlan } from './history.ts';
import { JobRun } from './job-run.ts';
import type { Random } from './random.ts';
import type { Readers } from './readers.ts';
import { LONG_MS, type Rig } from './rig.ts';

/** Jobs of all kinds, started, read, stopped and resumed. */
export class Load {
  readonly jobs: JobRun[] = [];
  readonly #rig: Rig;
  readonly #readers: Readers;
  readonly #random: Random;
  readonly #hosts: readonly string[];
  readonly #most: number;

  constructor(rig: Rig, readers: Readers, random: Random, hosts: number) {
    this.#rig = rig;
    this.#readers = readers;
    this.#random = random;
    this.#hosts = rig.hosts;
    this.#most = Math.max(4, Math.ceil(hosts / 25));
  }

  /** Starts jobs for so long; ends when all of their users have. */
  async run(goesOn: () => boolean): Promise<void> {
    const users: Promise<void>[] = [];
    // Told at the end: a fault of this program's own must not end it while servers of its run are there.
    const failures: unknown[] = [];
    while (goesOn()) {
      const active = this.jobs.filter((job) => !job.isFinished && !job.isMissing);
      if (active.length < this.#most) {
        const job = new JobRun(this.#rig, this.#plan(this.jobs.length));
        this.jobs.push(job);
        const using = this.#use(job, this.#random.fork(), goesOn);
        users.push(using.catch((error: unknown) => void failures.push(error)));
      }
      await pause(this.#random.between(100, 1000));
    }
    await Promise.all(users);
    if (failures.length > 0) throw new AggregateError(failures, 'the load failed');
  }

  /** The first is durable and on all hosts. */
  #plan(number: number): JobPlan {
    const random = this.#random;
    const isFirst = number === 0;
    const kind = random.pick(COMMAND_KINDS) ?? 'quick';
    const durable = random.chance(0.6) || isFirst;
    const share = random.between(0.05, 0.4);
    const count = isFirst ? this.#hosts.length : Math.ceil(this.#hosts.length * share);
    return {
      token: `chaos-${number}-${kind}`,
      durable,
      isSecret: random.chance(0.1),
      hosts: random.some(this.#hosts, count),
      fanout: random.whole(1, Math.max(2, Math.ceil(count / 2))),
      command: planCommand(random, kind),
    };
  }

  /** What somebody does with a job. */
  async #use(job: JobRun, random: Random, goesOn: () => boolean): Promise<void> {
    const isStopped = random.chance(0.12);
    const isWaitedFor = random.chance(0.3);
    const isSuspended = random.chance(0.15);
    const stopAt = performance.now() + random.between(300, 4000);
    await job.start(random.chance(0.2) && !job.plan.isSecret ? 'command' : 'client');
    await job.look();
    const waiting = isWaitedFor ? waitFor(this.#rig, job) : null;
    const suspendAt = performance.now() + random.between(300, 4000);
    let stopped = false;
    let suspended = false;
    while (goesOn() && !isOver(job)) {
      if (isStopped && !stopped && performance.now() > stopAt) {
        stopped = true;
        await job.command('stop');
      } else if (isSuspended && !suspended && performance.now() > suspendAt) {
        suspended = true;
        await job.command('suspend');
      } else if (job.hasSuspended) {
        await job.command(random.chance(0.7) ? 'resume' : 'stop');
      } else await this.#readers.read(job, random);
      await pause(random.between(50, 1000));
      await job.look();
    }
    await waiting;
    if (!isOver(job) || random.chance(0.3)) return;
    // It is looked at for some time after its end; a long run is not to gather jobs without end.
    await pause(random.between(1000, 10_000));
    await job.command('remove');
  }
}

/** Waits for its end with the command, and notes how that exits. */
export async function waitFor(rig: Rig, job: JobRun): Promise<void> {
  if (job.id === null) return;
  const args = ['wait', `${job.id}`, '--force', '--timeout=20', '--quiet'];
  const { code } = await rig.bg.muster(args, { deadlineMs: LONG_MS });
  await job.look();
  rig.history.add({ what: 'waited', token: job.plan.token, exit: code });
}

/** There is nothing more to do for it or to see of it. */
export function isOver(job: JobRun): boolean {
  return job.isMissing || (job.isFinished && job.last?.hasMoreData === false);
}
