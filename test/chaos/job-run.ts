import type { ChildView, JobView } from '../../src/model/job.ts';
import { ConfigError } from '../../src/model/errors.ts';
import type { Failure } from '../../src/model/failure.ts';
import { EVERY_JOB } from '../../src/model/query.ts';
import { isFinished } from '../../src/model/state.ts';
import type { RemoteController } from '../../src/service/service.ts';
import type { ChildSeen, FailureSeen, JobPlan } from './history.ts';
import type { Rig } from './rig.ts';
import { startByClient, startByCommand } from './starting.ts';

/** One job, from its request to its removal, and what was seen of it last. */
export class JobRun {
  readonly plan: JobPlan;
  readonly #rig: Rig;
  #id: number | null = null;
  #last: JobView | null = null;
  #lastText = '';
  #isReplied = false;
  /** Somebody has asked for its removal. */
  #isToGo = false;
  #looking: Promise<unknown> = Promise.resolve();
  /** No such job: gone although nobody has removed it, or never begun. */
  isMissing = false;

  constructor(rig: Rig, plan: JobPlan) {
    this.#rig = rig;
    this.plan = plan;
  }

  get id(): number | null {
    return this.#id;
  }

  get last(): JobView | null {
    return this.#last;
  }

  get isFinished(): boolean {
    return this.#last !== null && isFinished(this.#last.state);
  }

  /** Some of it waits for somebody to resume it. */
  get hasSuspended(): boolean {
    return this.#last?.children.some(({ state }) => state === 'Suspended') === true;
  }

  /** By the command, or by this process. */
  async start(by: 'command' | 'client'): Promise<void> {
    const { plan } = this;
    const { history } = this.#rig;
    history.add({ what: 'asked', plan });
    this.#id = await (by === 'command' ? startByCommand : startByClient)(this.#rig, plan);
    history.add({ what: 'replied', token: plan.token, id: this.#id });
    this.#isReplied = true;
  }

  /** Looks at it, and writes down what has changed: one look after the other, so that none is older than the one before. */
  look(): Promise<JobView | null> {
    const looked = this.#looking.then(() => this.#look());
    // Whoever asked is told; the next look is another one.
    this.#looking = looked.catch(() => null);
    return looked;
  }

  async #look(): Promise<JobView | null> {
    const id = this.#id;
    if (this.isMissing || !this.#isReplied) return null;
    const view = id === null ? await this.#find() : await this.ask((client) => client.job(id));
    if (view === null || this.isMissing) return null;
    this.#id = view.id;
    this.#last = view;
    const { token } = this.plan;
    const seen = {
      what: 'seen',
      token,
      id: view.id,
      instanceId: view.instanceId,
      state: view.state,
      children: view.children.map(childSeen),
    } as const;
    const text = JSON.stringify(seen);
    if (text !== this.#lastText) this.#rig.history.add(seen);
    this.#lastText = text;
    return view;
  }

  /** null: the controller is away, or has no such job. */
  async ask<T>(question: (client: RemoteController) => Promise<T>): Promise<T | null> {
    try {
      return await this.#rig.ask(question);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      // What cannot be done to a job as it is now is no fault of anybody's.
      if (error.code === 'job-state') return null;
      if (error.code !== 'no-such-job') throw error;
      this.isMissing = true;
      if (this.#isToGo) return null;
      this.#rig.history.add({ what: 'missing', token: this.plan.token, id: this.#id ?? 0 });
      return null;
    }
  }

  async command(what: 'stop' | 'suspend' | 'resume' | 'remove'): Promise<void> {
    const id = this.#id;
    if (id === null) return;
    this.#rig.history.add({ what, token: this.plan.token });
    if (what === 'remove') this.#isToGo = true;
    const done = await this.ask(async (client) => {
      await (what === 'stop' ? client.stop(id, 'chaos') : client[what](id));
      return true;
    });
    if (what === 'remove' && done === true) this.isMissing = true;
  }

  /** A job whose request had no answer may be there all the same. */
  async #find(): Promise<JobView | null> {
    const query = { ...EVERY_JOB, terms: [this.plan.token] };
    const found = await this.ask((client) => client.find(query));
    if (found === null) return null;
    const id = found.jobs.find(({ parentId }) => parentId === null)?.id;
    if (id === undefined) {
      this.isMissing = true;
      return null;
    }
    return this.ask((client) => client.job(id));
  }
}

function childSeen(child: ChildView): ChildSeen {
  const { id, instanceId, host, state, exitCode, signal, statusMessage: says } = child;
  const failure = child.failure === null ? null : failureSeen(child.failure);
  return { id, instanceId, host, state, exitCode, signal, failure, says };
}

function failureSeen({ phase, code, message, mayHaveRun }: Failure): FailureSeen {
  return { phase, code, message, mayHaveRun };
}
