import { setTimeout as pause } from 'node:timers/promises';
import { jobJson, type JobJson } from '../helpers/job-json.ts';
import { COMMAND_KINDS, commandLine, planCommand } from './commands.ts';
import type { JobPlan } from './history.ts';
import type { Random } from './random.ts';
import { noteRecord, recordOf } from './readers.ts';
import { LONG_MS, type Rig } from './rig.ts';
import { inputOptions } from './starting.ts';

/** `muster run` beside the jobs in the background, one after the other: by a controller or without, killed now and then. */
export class Foreground {
  readonly #rig: Rig;
  readonly #random: Random;

  constructor(rig: Rig, random: Random) {
    this.#rig = rig;
    this.#random = random;
  }

  async run(goesOn: () => boolean): Promise<void> {
    for (let number = 0; goesOn(); number += 1) {
      const random = this.#random.fork();
      const plan = this.#plan(number, random);
      await (random.chance(0.2) ? this.#show(plan) : this.#run(plan, random));
      await pause(random.between(200, 3000));
    }
  }

  #plan(number: number, random: Random): JobPlan {
    const kind = random.pick(SMALL_KINDS) ?? 'quick';
    const hosts = random.some(this.#rig.hosts, random.whole(1, MOST_HOSTS));
    const command = planCommand(random, kind);
    const fanout = random.whole(1, hosts.length);
    const durable = random.chance(0.5);
    return { token: `run-${number}-${kind}`, durable, isSecret: false, hosts, fanout, command };
  }

  async #run(plan: JobPlan, random: Random): Promise<void> {
    const { bg, history } = this.#rig;
    const { token, durable } = plan;
    // Nobody would have the host forget what is durable where the process that runs it is killed.
    const controller = durable ? 'always' : (random.pick(['auto', 'always', 'never']) ?? 'auto');
    const killAfter = random.chance(0.15) ? random.between(200, 4000) : null;
    history.add({ what: 'asked', plan });
    history.add({ what: 'read', token, how: `run --controller=${controller}` });
    const args = this.#args(plan, ['--output=jsonl', `--controller=${controller}`]);
    const running = bg.begin(args, { deadlineMs: LONGEST_MS });
    let isKilled = false;
    const kill = (): void => {
      isKilled = true;
      running.kill('SIGKILL');
    };
    const killing = killAfter === null ? null : setTimeout(kill, killAfter);
    const { text, code } = await running.ended;
    if (killing !== null) clearTimeout(killing);
    let job: JobJson | null = null;
    for (const line of text.split('\n').slice(0, -1)) {
      const value: unknown = JSON.parse(line);
      const record = recordOf(value);
      if (record !== null) noteRecord(history, token, record);
      else job = endedJob(value) ?? job;
    }
    history.add({ what: 'read-end', token, end: job === null ? 'cut' : 'whole' });
    if (job === null) return;
    const { id, instanceId, state } = job;
    const children = job.children.map((child) => ({
      id: child.id,
      instanceId: child.instanceId,
      host: child.host,
      state: child.state,
      exitCode: child.exitCode,
      signal: child.signal,
      failure: child.failure,
      says: child.statusMessage,
    }));
    history.add({ what: 'seen', token, id, instanceId, state, children });
    // It may have been killed when it had said all.
    if (code !== null || !isKilled) history.add({ what: 'waited', token, exit: code });
  }

  /** On a terminal, which whatever a host says must do nothing to. */
  async #show(plan: JobPlan): Promise<void> {
    const { bg, history } = this.#rig;
    const args = this.#args(plan, ['--quiet', '--color=never']);
    const { text } = await bg.muster(args, { deadlineMs: LONGEST_MS, terminal: { columns: 100 } });
    const unsafe = [...text.matchAll(UNSAFE)];
    const first = JSON.stringify(unsafe[0]?.[0] ?? '');
    history.add({ what: 'shown', token: plan.token, unsafe: unsafe.length, first });
  }

  #args({ token, durable, hosts, fanout, command }: JobPlan, more: readonly string[]): string[] {
    const { fleet, blobs, begun } = this.#rig;
    return [
      'run',
      ...(durable ? ['--durable'] : []),
      ...fleet.options,
      `--hosts=${hosts.join(',')}`,
      `--fanout=${fanout}`,
      `--name=${token}`,
      ...inputOptions(command.kind, blobs),
      ...more,
      '--',
      commandLine(command, token, blobs, begun),
    ];
  }
}

function endedJob(value: unknown): JobJson | null {
  if (typeof value !== 'object' || value === null || !('event' in value)) return null;
  return value.event === 'end' && 'job' in value ? jobJson(value.job) : null;
}

const SMALL_KINDS = COMMAND_KINDS.filter((kind) => kind !== 'large');
const MOST_HOSTS = 8;
/** For a stop of what stands still, after the run itself. */
const LONGEST_MS = 2 * LONG_MS;
/** C0 but for what ends a line, DEL and C1, and what turns the direction of text. */
const UNSAFE = /[\0-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{7f}-\u{9f}\u{202a}-\u{202e}\u{2066}-\u{2069}]/gu;
