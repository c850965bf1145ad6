import { abortReason } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import type { JobDefinition } from '../model/definition.ts';
import { ConfigError } from '../model/errors.ts';
import type { JobEvent, StateEvent } from '../model/event.ts';
import type { JobView } from '../model/job.ts';
import type {
  FollowOptions,
  HostedController,
  Reading,
  Received,
  RemoveOptions,
  RerunRequest,
  StartOptions,
  WaitOptions,
} from '../model/ports/controller.ts';
import type { AuditLog } from '../model/ports/audit.ts';
import type { Journal, RecoveredJob } from '../model/ports/journal.ts';
import type { ResultStore } from '../model/ports/results.ts';
import type { Transport } from '../model/ports/transport.ts';
import type { WorkKind } from '../model/ports/work.ts';
import type { Found, JobQuery, ReceiveOptions } from '../model/query.ts';
import { isFinished, isPersistent } from '../model/state.ts';
import type { ControllerStatus } from '../model/status.ts';
import { acknowledging } from './acknowledging.ts';
import { Changes } from './changes.ts';
import { find } from './find.ts';
import type { Tell } from './given-up.ts';
import { jobAfter } from './job-after.ts';
import { JobTable } from './job-table.ts';
import type { Making } from './create-job.ts';
import { Launcher } from './launcher.ts';
import type { ParentJob } from './parent-job.ts';
import { openReceiving } from './receiving.ts';
import { rerunOf } from './rerun.ts';
import { stopChildren } from './stop.ts';
import { resumeChildren, suspendChildren } from './suspend.ts';

/** What a controller is made of; `src/library.ts` wires it. */
export interface ControllerParts {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly results: ResultStore;
  readonly kinds: readonly WorkKind[];
  /** Logins in flight at once, over all jobs. */
  readonly loginSlots: number;
  /** What the next controller is to know; null: nothing. */
  readonly journal: Journal | null;
  /** For jobs that are to be written down for good. Default: none can be. */
  readonly audit?: AuditLog;
  readonly random: () => number;
  /** Told of hosts that keep for good what durable work has left. Default: nobody. */
  readonly kept?: Tell;
}

/** The job table of one process: makes jobs, runs their children under the throttle, keeps their results. */
export class InProcessController implements HostedController {
  readonly #parts: ControllerParts;
  readonly #table = new JobTable();
  readonly #changes = new Changes();
  readonly #launcher: Launcher;
  #isDisposed = false;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#launcher = new Launcher({ ...parts, table: this.#table, changes: this.#changes });
    for (const kind of parts.kinds) this.register(kind);
  }

  register(kind: WorkKind): void {
    this.#launcher.register(kind);
  }

  async start(
    definition: JobDefinition,
    { signal, owned: isOwned = false }: StartOptions = {},
  ): Promise<JobView> {
    const job = await this.#launch(definition, { rerunOf: null, note: null, isOwned }, signal);
    this.#stopOnAbort(job, signal);
    return job.view();
  }

  /** Goes on with a job of an earlier controller. Throws ConfigError where that cannot be. */
  async restore(recovered: RecoveredJob): Promise<void> {
    const { definition, rerunOf, note } = recovered;
    // Nobody else is to have these, also where it cannot be gone on with.
    this.#table.ids.skip(recovered.id, 1 + recovered.instanceIds.length);
    const plan = this.#launcher.plan(definition);
    await this.#launcher.prepare(plan);
    if (recovered.owing !== null) this.#launcher.forget(plan, recovered);
    else this.#launcher.launch({ ...plan, rerunOf, note, recovered });
  }

  async rerun(request: RerunRequest): Promise<JobView> {
    const { job, children } = this.#table.find(request.id);
    const { definition, note } = rerunOf(job, children, request);
    const again = await this.#launch(definition, { rerunOf: job.identity.id, note });
    return again.view();
  }

  // What follows is asynchronous for the face's sake: through a socket it is. An error is a rejection here too.

  async find(query: JobQuery): Promise<Found> {
    return Promise.resolve(find(query, this.#table.jobs()));
  }

  async job(id: number): Promise<JobView> {
    return Promise.resolve(this.#table.find(id).job.view());
  }

  async wait(id: number, { until = 'persistent', signal }: WaitOptions = {}): Promise<JobView> {
    const { job, child } = this.#table.find(id);
    const isThere = until === 'persistent' ? isPersistent : isFinished;
    await job.until(() => {
      const { state } = child ?? job;
      return state === 'Blocked' || isThere(state);
    }, signal);
    return job.view();
  }

  follow(id: number, { signal, ...options }: FollowOptions = {}): AsyncIterable<JobEvent> {
    return acknowledging(
      this.openFollow(id, options),
      (event) => {
        if (event.event === 'end') return 'last';
        return event.event === 'record' ? { childId: event.jobId, seq: event.record.seq } : null;
      },
      signal,
    );
  }

  openFollow(id: number, options: ReceiveOptions = {}): Reading<JobEvent> {
    const { job, children } = this.#table.find(id);
    return job.follow(children, options);
  }

  receive(id: number, options: ReceiveOptions = {}): AsyncIterable<Received> {
    return acknowledging(this.openReceive(id, options), (record) => record);
  }

  openReceive(id: number, options: ReceiveOptions = {}): Reading<Received> {
    const { job, children } = this.#table.find(id);
    return openReceiving(children, options, (child) => job.feed.givenBack(child));
  }

  async jobAfter(
    id: number,
    readings: readonly Pick<Reading<unknown>, 'held'>[],
  ): Promise<JobView> {
    return Promise.resolve(jobAfter(this.#table.find(id).job, readings));
  }

  changes(signal: AbortSignal): AsyncIterable<StateEvent> {
    return this.#changes.watch(signal);
  }

  stop(id: number, by: string): Promise<void> {
    return this.#stop(id, by, this.#parts.clock);
  }

  async suspend(id: number): Promise<void> {
    await suspendChildren(id, this.#table.find(id).children);
  }

  async resume(id: number): Promise<void> {
    const { job, children } = this.#table.find(id);
    await resumeChildren(id, children, (child) => this.#launcher.requeue(job, child));
  }

  async answer(id: number, questionId: string, text: string): Promise<void> {
    const { job, children } = this.#table.find(id);
    if (!job.questions.answer(children, questionId, text)) {
      throw new ConfigError('job-state', `job ${id} does not ask that, or does not any more`);
    }
    return Promise.resolve();
  }

  async remove(id: number, { force = false }: RemoveOptions = {}): Promise<void> {
    const { job, child } = this.#table.find(id);
    if (child !== null) {
      throw new ConfigError('job-state', 'a child job cannot be removed alone', {
        hint: `${id} is a child of job ${job.identity.id}`,
      });
    }
    if (!job.finished && !force) {
      throw new ConfigError('job-state', `job ${id} is not finished (${job.state})`, {
        hint: 'stop it first, or use --force',
      });
    }
    if (!job.finished) await this.#stop(id, 'its removal', null);
    if (!this.#table.remove(job)) return;
    for (const { identity } of job.children) this.#parts.results.drop(identity.id);
    this.#parts.journal?.removed(id, this.#launcher.forgetting.owing(id));
  }

  status(): Promise<ControllerStatus> {
    const { transport, results } = this.#parts;
    return Promise.resolve({
      connections: transport.openConnections,
      bytesHeld: results.bytesHeld,
      bytesSpilled: results.bytesSpilled,
      forgetting: this.#launcher.forgetting.count,
      ...this.#table.status(),
    });
  }

  async detach(): Promise<readonly number[]> {
    this.#isDisposed = true;
    const durable = [...this.#table.jobs()].filter((job) => job.definition.durable);
    const left = durable.filter((job) => !job.finished);
    for (const { children } of left) for (const child of children) child.detach();
    // What has ended and was not received is on its hosts still.
    const kept = durable.filter((job) => !job.finished || job.hasMoreData);
    await this.#end(kept);
    return kept.map(({ identity }) => identity.id);
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.#end([]);
  }

  async #stop(id: number, by: string, patience: Clock | null): Promise<void> {
    const { job, children, child } = this.#table.find(id);
    if (child === null) job.requestStop();
    await stopChildren(children, by, patience);
  }

  async #end(left: readonly ParentJob[]): Promise<void> {
    const unfinished = [...this.#table.jobs()].filter(
      (job) => !job.finished && !left.includes(job),
    );
    await Promise.all(
      unfinished.map((job) => this.#stop(job.identity.id, 'the end of the controller', null)),
    );
    this.#changes.close();
    const leftIds = new Set(left.map(({ identity }) => identity.id));
    const { forgetting } = this.#launcher;
    await forgetting.settled((id) => leftIds.has(id));
    for (const { identity } of this.#table.jobs()) {
      const owing = leftIds.has(identity.id) ? [] : forgetting.owing(identity.id);
      if (owing.length > 0) this.#parts.journal?.removed(identity.id, owing);
    }
    await this.#parts.transport.close();
  }

  async #launch(
    definition: JobDefinition,
    origin: Pick<Making, 'rerunOf' | 'note' | 'isOwned'>,
    signal?: AbortSignal,
  ): Promise<ParentJob> {
    this.#assertOpen();
    const making = this.#launcher.plan(definition);
    if (signal?.aborted === true) throw abortReason(signal);
    await this.#launcher.prepare(making);
    this.#assertOpen();
    return this.#launcher.launch({ ...making, ...origin });
  }

  #stopOnAbort(job: ParentJob, signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const { id } = job.identity;
    const abort = (): void => void this.stop(id, 'its AbortSignal');
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    void job.until(() => job.finished).then(() => signal.removeEventListener('abort', abort));
  }

  #assertOpen(): void {
    if (this.#isDisposed) throw new ConfigError('usage', 'this controller was disposed of');
  }
}
