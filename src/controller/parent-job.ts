import { randomUUID } from 'node:crypto';
import { abortReason } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import type { JobDefinition } from '../model/definition.ts';
import type { StateEvent } from '../model/event.ts';
import type { RecoveredJob } from '../model/ports/journal.ts';
import type { JobSummary, JobType, JobView, Progress } from '../model/job.ts';
import { countsOf, emptyTally, parentState, type StateTally } from '../model/parent-state.ts';
import type { ReceiveOptions } from '../model/query.ts';
import { isFinished, type JobState } from '../model/state.ts';
import type { ChildJob } from './child-job.ts';
import { Feed } from './feed.ts';
import type { Follower } from './follower.ts';
import { momentNow, momentOf, type Moment } from './moment.ts';
import { Questions } from './questions.ts';
import { meanPercent } from './percent.ts';
import { replay } from './replay.ts';
import { childEvent, parentEvent } from './state-event.ts';
import type { Changes } from './changes.ts';
import type { Steering } from './steering.ts';

export interface ParentIdentity {
  readonly id: number;
  readonly name: string;
  readonly type: JobType;
  readonly command: string;
  readonly rerunOf: number | null;
  /** What there is to say of the job as a whole. */
  readonly note: string | null;
}

/**
 * A job over many hosts. It has no state of its own: its state is always model/parent-state of its children's tally
 * and of whether a stop was requested; what is kept here is only what was said of it last.
 */
export class ParentJob {
  readonly identity: ParentIdentity;
  readonly definition: JobDefinition;
  readonly instanceId: string;
  /** See RecoveredJob. */
  readonly missing: string | null;
  readonly feed: Feed = new Feed();
  readonly questions: Questions = new Questions();

  readonly #clock: Clock;
  readonly #changes: Changes;
  readonly #begin: Moment;
  readonly #tally: Record<JobState, number> = emptyTally();
  readonly #waiting = new Set<() => void>();
  #children: readonly ChildJob[] = [];
  #ids: readonly number[] = [];
  #state: JobState = 'NotStarted';
  #stopRequested = false;
  #steering: Steering | null = null;
  #end: Moment | null = null;
  #location = '';
  #isRead = false;

  /** `restored`: one of an earlier controller. */
  constructor(
    identity: ParentIdentity,
    definition: JobDefinition,
    clock: Clock,
    changes: Changes,
    restored: Pick<RecoveredJob, 'instanceId' | 'begin' | 'missing'> | null = null,
  ) {
    this.instanceId = restored?.instanceId ?? randomUUID();
    this.missing = restored?.missing ?? null;
    this.identity = identity;
    this.definition = definition;
    this.#clock = clock;
    this.#changes = changes;
    this.#begin = restored === null ? momentNow(clock) : momentOf(restored.begin, clock);
  }

  get state(): JobState {
    return this.#state;
  }

  get finished(): boolean {
    return isFinished(this.#state);
  }

  /** It is asked to stop as a whole. */
  get isStopping(): boolean {
    return this.#stopRequested;
  }

  get children(): readonly ChildJob[] {
    return this.#children;
  }

  get tally(): StateTally {
    return this.#tally;
  }

  /** Wall time. */
  get ended(): number | null {
    return this.#end?.wall ?? null;
  }

  get hasMoreData(): boolean {
    if (!this.finished) return true;
    // What was read once stays read: a list of many jobs asks each time.
    this.#isRead ||= !this.#children.some((child) => child.log.hasUnread);
    return !this.#isRead;
  }

  child(id: number): ChildJob | undefined {
    return this.#children[id - this.identity.id - 1];
  }

  /** Takes its children, all NotStarted unless it is restored, and with the ids after its own, and is launched: from here on it is Running. */
  launch(children: readonly ChildJob[]): void {
    this.#children = children;
    this.#ids = children.map(({ identity }) => identity.id);
    // Several children may be on one host, each with an item of its own.
    this.#location = [...new Set(children.map(({ identity }) => identity.target.name))].join(',');
    for (const { state } of children) this.#tally[state] += 1;
    this.#refresh();
  }

  /** Once, before any of its children begins. */
  steer(steering: Steering): void {
    this.#steering = steering;
  }

  /** Remembers that the whole job is to stop. */
  requestStop(): void {
    if (this.finished) return;
    this.#stopRequested = true;
    this.#refresh();
  }

  /** Called by each child's one setter of its state. */
  childChanged(child: ChildJob, from: JobState, to: JobState): void {
    this.#tally[from] -= 1;
    this.#tally[to] += 1;
    if (this.#isWatched) this.#emit(childEvent(child, from, to, this.#clock.now()));
    this.#refresh();
    this.#check();
    this.#steering?.changed(child, to);
  }

  /** Resolves when it is so; rejects with the signal's reason when that comes first. Asked at each change of a child. */
  until(isSo: () => boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(abortReason(signal));
        return;
      }
      if (isSo()) {
        resolve();
        return;
      }
      const done = (): void => {
        this.#waiting.delete(check);
        signal?.removeEventListener('abort', abort);
      };
      const check = (): void => {
        if (!isSo()) return;
        done();
        resolve();
      };
      const abort = (): void => {
        done();
        if (signal !== undefined) reject(abortReason(signal));
      };
      this.#waiting.add(check);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** A new reader: first how things came to be as they are, with what is unread, then all that happens. */
  follow(children: readonly ChildJob[], options: ReceiveOptions): Follower {
    const follower = this.feed.open(children, options);
    replay(follower, this, this.#clock);
    return follower;
  }

  view(): JobView {
    return { ...this.summary(), children: this.#children.map((child) => child.summary()) };
  }

  summary(): JobSummary {
    const { id, name, type, command, rerunOf, note } = this.identity;
    const until = this.#end?.monotonic ?? this.#clock.monotonic();
    return {
      id,
      instanceId: this.instanceId,
      parentId: null,
      name,
      type,
      state: this.#state,
      hasMoreData: this.hasMoreData,
      location: this.#location,
      command,
      begin: this.#begin.wall,
      end: this.#end?.wall ?? null,
      durationMs: Math.round(until - this.#begin.monotonic),
      statusMessage: this.#message() ?? note,
      progress: this.#progress(),
      counts: countsOf(this.#tally),
      rerunOf,
      children: this.#ids,
    };
  }

  /** What a Blocked job asks; where its rollout is; what of it is done, where its commands say so. */
  #message(): string | null {
    if (this.#state === 'Blocked') {
      const asking = this.#children.find((child) => child.state === 'Blocked');
      return asking?.summary().statusMessage ?? null;
    }
    const where = this.#steering?.message ?? null;
    const said = isFinished(this.#state) ? null : meanPercent(this.#children);
    if (said === null || said.isSilent) return where;
    const percent = `${Math.round(said.percent)}%`;
    return where === null ? percent : `${where}, ${percent}`;
  }

  /** null while all children are silent and there are no batches. */
  #progress(): Progress | null {
    const { percent, isSilent } = meanPercent(this.#children);
    const batch = this.#steering?.batch ?? null;
    return isSilent && batch === null ? null : { percent, text: batch ?? '' };
  }

  /** Events are made only where somebody takes them. */
  get #isWatched(): boolean {
    return this.feed.isFollowed || this.#changes.isWatched;
  }

  #emit(event: StateEvent): void {
    this.feed.emit(event);
    this.#changes.push(event);
  }

  #refresh(): void {
    const from = this.#state;
    const to = parentState(this.#tally, this.#stopRequested);
    if (from === to) return;
    this.#state = to;
    if (isFinished(to)) this.#end = this.#endOfLast();
    if (this.#isWatched) this.#emit(parentEvent(this.identity.id, from, to, this.#clock.now()));
    if (isFinished(to) && this.feed.isFollowed) this.feed.emit({ event: 'end', job: this.view() });
    this.#check();
  }

  /** Now, unless it had ended before it was restored. */
  #endOfLast(): Moment {
    const last = this.#children.reduce((latest, { ended }) => Math.max(latest, ended ?? 0), 0);
    const isEarlier = this.#children.length > 0 && this.#state === 'NotStarted' && last > 0;
    return isEarlier ? momentOf(last, this.#clock) : momentNow(this.#clock);
  }

  #check(): void {
    for (const check of this.#waiting) check();
  }
}
