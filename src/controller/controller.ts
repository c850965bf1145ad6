import { abortReason } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import type { JobDefinition } from '../model/definition.ts';
import { ConfigError } from '../model/errors.ts';
import type { JobEvent } from '../model/event.ts';
import type { JobView } from '../model/job.ts';
import type { JobController, Received, ReceiveOptions } from '../model/ports/controller.ts';
import type { ResultStore } from '../model/ports/results.ts';
import type { Transport } from '../model/ports/transport.ts';
import type { WorkKind } from '../model/ports/work.ts';
import { isFinished } from '../model/state.ts';
import { ChildJob } from './child-job.ts';
import { childName, IdCounter, parentName } from './identity.ts';
import { ParentJob } from './parent-job.ts';
import type { Reacher } from './reach.ts';
import { runChild } from './run-child.ts';
import { createThrottle } from './throttle.ts';
import { stoppedInQueue } from './verdict.ts';

/** What a controller is made of; `src/library.ts` wires it. */
export interface ControllerParts {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly results: ResultStore;
  readonly kinds: readonly WorkKind[];
  /** Logins in flight at once, over all jobs. */
  readonly loginSlots: number;
  readonly random: () => number;
}

/** The job table of one process: makes jobs, runs their children under the throttle, keeps their results. */
export class InProcessController implements JobController {
  readonly #parts: ControllerParts;
  readonly #reacher: Reacher;
  readonly #kinds = new Map<string, WorkKind>();
  readonly #ids = new IdCounter();
  readonly #jobs = new Map<number, ParentJob>();
  /** From a child's id to its parent. */
  readonly #parents = new Map<number, ParentJob>();
  #disposed = false;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    const { clock, transport, random } = parts;
    this.#reacher = { clock, transport, random, logins: createThrottle(parts.loginSlots) };
    for (const kind of parts.kinds) this.register(kind);
  }

  register(kind: WorkKind): void {
    if (this.#kinds.has(kind.kind)) {
      throw new ConfigError('usage', `a kind of work named '${kind.kind}' is there already`);
    }
    this.#kinds.set(kind.kind, kind);
  }

  async start(definition: JobDefinition, signal?: AbortSignal): Promise<JobView> {
    this.#assertOpen();
    const kind = this.#kindOf(definition);
    const spec = kind.parse(definition.work);
    if (signal?.aborted === true) throw abortReason(signal);
    const login = kind.logsIn?.(spec) ?? true;
    await this.#parts.transport.prepare(definition.targets, definition.access, login);
    this.#assertOpen();

    const job = this.#create(definition, kind, kind.describe(spec));
    const queue = createThrottle(definition.fanout);
    const turns = job.children.map((child) => async (): Promise<void> => {
      await runChild({ job, child, kind, spec, reacher: this.#reacher });
    });
    // A turn of the loop later, so that whoever awaits this call can follow the job from its very start.
    this.#parts.clock.after(0, () => {
      for (const turn of turns) void queue.run(turn);
    });
    this.#stopOnAbort(job, signal);
    return job.view();
  }

  jobs(): Promise<readonly JobView[]> {
    return Promise.resolve([...this.#jobs.values()].map((job) => job.view()));
  }

  async job(id: number): Promise<JobView> {
    return Promise.resolve(this.#find(id).view());
  }

  async wait(id: number, signal?: AbortSignal): Promise<JobView> {
    const job = this.#find(id);
    if (signal === undefined) {
      await job.finished;
    } else {
      await Promise.race([job.finished, rejectOnAbort(signal)]);
    }
    return job.view();
  }

  follow(id: number): AsyncIterable<JobEvent> {
    return this.#find(id).follow();
  }

  async *receive(id: number, options: ReceiveOptions = {}): AsyncGenerator<Received, void> {
    for (const child of this.#select(id)) {
      const host = child.identity.target.name;
      const childId = child.identity.id;
      let after = 0;
      for (;;) {
        const records = child.log.read(after, RECEIVE_BATCH);
        for (const record of records) {
          yield { ...record, host, childId };
          if (options.keep !== true) child.log.acknowledge(record.seq);
          after = record.seq;
        }
        if (records.length < RECEIVE_BATCH) break;
      }
    }
  }

  async stop(id: number, by: string): Promise<void> {
    const job = this.#find(id);
    if (job.identity.id === id) job.requestStop();
    const children = this.#select(id);
    for (const child of children) {
      if (child.state === 'NotStarted') child.settle(stoppedInQueue(by));
      else child.stop({ kind: 'stop', by });
    }
    await Promise.all(children.map((child) => child.whenFinished()));
  }

  async remove(id: number): Promise<void> {
    const job = this.#find(id);
    if (job.identity.id !== id) {
      throw new ConfigError('usage', `${id} is a child of job ${job.identity.id}`, {
        hint: 'a child job cannot be removed alone',
      });
    }
    if (!isFinished(job.state)) {
      throw new ConfigError('usage', `job ${id} is not finished (${job.state})`, {
        hint: 'stop it first',
      });
    }
    this.#jobs.delete(id);
    for (const child of job.children) {
      this.#parents.delete(child.identity.id);
      this.#parts.results.drop(child.identity.id);
    }
    return Promise.resolve();
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    const unfinished = [...this.#jobs.values()].filter((job) => !isFinished(job.state));
    await Promise.all(
      unfinished.map((job) => this.stop(job.identity.id, 'the end of the controller')),
    );
    await this.#parts.transport.close();
  }

  #create(definition: JobDefinition, kind: WorkKind, command: string): ParentJob {
    const { clock, results } = this.#parts;
    const { targets, name } = definition;
    const id = this.#ids.reserve(1 + targets.length);
    const identity = { id, name: parentName(name, id), type: kind.jobType, command };
    const job = new ParentJob(identity, definition, clock);
    const changed = job.childChanged.bind(job);
    const children = targets.map((target, index) => {
      const childId = id + 1 + index;
      const childIdentity = {
        id: childId,
        parentId: id,
        name: childName(name, childId, target.name),
        command,
        target,
        index,
      };
      this.#parents.set(childId, job);
      return new ChildJob(childIdentity, results.open(childId), clock, changed);
    });
    this.#jobs.set(id, job);
    job.launch(children);
    return job;
  }

  #stopOnAbort(job: ParentJob, signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const abort = (): void => void this.stop(job.identity.id, 'its AbortSignal');
    signal.addEventListener('abort', abort, { once: true });
    void job.finished.then(() => signal.removeEventListener('abort', abort));
  }

  #kindOf(definition: JobDefinition): WorkKind {
    const kind = this.#kinds.get(definition.work.kind);
    if (kind === undefined) {
      throw new ConfigError('usage', `no kind of work named '${definition.work.kind}'`);
    }
    return kind;
  }

  #find(id: number): ParentJob {
    const job = this.#jobs.get(id) ?? this.#parents.get(id);
    if (job === undefined) throw new ConfigError('no-such-job', `no job ${id}`);
    return job;
  }

  /** All children of a parent, or the one child. */
  #select(id: number): readonly ChildJob[] {
    const job = this.#find(id);
    const child = job.child(id);
    return child === undefined ? job.children : [child];
  }

  #assertOpen(): void {
    if (this.#disposed) throw new ConfigError('usage', 'this controller was disposed of');
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(abortReason(signal));
    signal.addEventListener('abort', () => reject(abortReason(signal)), { once: true });
  });
}

/** Records read from a log at a time. */
const RECEIVE_BATCH = 256;
