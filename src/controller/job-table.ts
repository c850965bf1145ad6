import { ConfigError } from '../model/errors.ts';
import type { ControllerStatus } from '../model/status.ts';
import { emptyTally } from '../model/parent-state.ts';
import type { ChildJob } from './child-job.ts';
import { IdCounter } from './identity.ts';
import type { ParentJob } from './parent-job.ts';

/** What an id names: a parent with all its children, or one child of it. */
export interface Named {
  readonly job: ParentJob;
  /** Those that are meant. */
  readonly children: readonly ChildJob[];
  /** null: the parent itself is meant. */
  readonly child: ChildJob | null;
}

/** Every job of one controller. */
export class JobTable {
  readonly ids: IdCounter = new IdCounter();
  readonly #jobs = new Map<number, ParentJob>();
  /** From a child's id to its parent. */
  readonly #parents = new Map<number, ParentJob>();

  add(job: ParentJob, children: readonly ChildJob[]): void {
    this.#jobs.set(job.identity.id, job);
    for (const { identity } of children) this.#parents.set(identity.id, job);
  }

  /** False: it was not there any more. */
  remove(job: ParentJob): boolean {
    for (const { identity } of job.children) this.#parents.delete(identity.id);
    return this.#jobs.delete(job.identity.id);
  }

  /** By id, which is the order in which they were made. */
  jobs(): Iterable<ParentJob> {
    return this.#jobs.values();
  }

  /** Throws ConfigError `no-such-job`. */
  find(id: number): Named {
    const job = this.#jobs.get(id);
    if (job !== undefined) return { job, children: job.children, child: null };
    const parent = this.#parents.get(id);
    const child = parent?.child(id);
    if (parent === undefined || child === undefined) {
      throw new ConfigError('no-such-job', `no job ${id}`);
    }
    return { job: parent, children: [child], child };
  }

  status(): Pick<ControllerStatus, 'jobs' | 'queued' | 'durable'> {
    const states = emptyTally();
    let queued = 0;
    let durable = 0;
    for (const { state, tally, finished, definition } of this.#jobs.values()) {
      if (!finished && definition.durable) durable += 1;
      states[state] += 1;
      queued += tally.NotStarted;
    }
    return { jobs: { ...states, total: this.#jobs.size }, queued, durable };
  }
}
