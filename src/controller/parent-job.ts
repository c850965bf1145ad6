import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { JobDefinition } from '../model/definition.ts';
import type { JobEvent } from '../model/event.ts';
import type { JobType, JobView } from '../model/job.ts';
import { countsOf, emptyTally, parentState } from '../model/parent-state.ts';
import type { OutputRecord } from '../model/record.ts';
import { isFinished, type JobState } from '../model/state.ts';
import type { ChildJob } from './child-job.ts';
import { Follower } from './follower.ts';

export interface ParentIdentity {
  readonly id: number;
  readonly name: string;
  readonly type: JobType;
  readonly command: string;
}

/**
 * A job over many hosts. It has no state of its own: its state is always model/parent-state of its children's tally
 * and of whether a stop was requested; what is kept here is only what was said of it last.
 */
export class ParentJob {
  readonly identity: ParentIdentity;
  readonly definition: JobDefinition;
  readonly instanceId: string = randomUUID();
  /** Resolves when the parent is finished. */
  readonly finished: Promise<void>;

  readonly #clock: Clock;
  readonly #begin: { readonly wall: number; readonly monotonic: number };
  readonly #tally: Record<JobState, number> = emptyTally();
  readonly #followers = new Set<Follower>();
  readonly #pressureListeners = new Set<(pause: boolean) => void>();
  #children: readonly ChildJob[] = [];
  #byId = new Map<number, ChildJob>();
  #state: JobState = 'NotStarted';
  #stopRequested = false;
  #end: { readonly wall: number; readonly monotonic: number } | null = null;
  #location: string | null = null;
  #pressed = false;
  #resolveFinished: () => void = () => undefined;

  constructor(identity: ParentIdentity, definition: JobDefinition, clock: Clock) {
    this.identity = identity;
    this.definition = definition;
    this.#clock = clock;
    this.#begin = { wall: clock.now(), monotonic: clock.monotonic() };
    this.finished = new Promise((resolve) => {
      this.#resolveFinished = resolve;
    });
  }

  get state(): JobState {
    return this.#state;
  }

  get children(): readonly ChildJob[] {
    return this.#children;
  }

  child(id: number): ChildJob | undefined {
    return this.#byId.get(id);
  }

  /** Takes its children, all NotStarted, and is launched: from here on it is Running. */
  launch(children: readonly ChildJob[]): void {
    this.#children = children;
    this.#byId = new Map(children.map((child) => [child.identity.id, child]));
    this.#tally.NotStarted = children.length;
    this.#refresh();
  }

  /** Remembers that the whole job is to stop. */
  requestStop(): void {
    if (isFinished(this.#state)) return;
    this.#stopRequested = true;
    this.#refresh();
  }

  /** Called by each child's one setter of its state. */
  childChanged(child: ChildJob, from: JobState, to: JobState): void {
    this.#tally[from] -= 1;
    this.#tally[to] += 1;
    if (this.#isFollowed) this.emit(this.#stateEvent(child, from, to));
    this.#refresh();
  }

  recordAdded(child: ChildJob, record: OutputRecord): void {
    if (!this.#isFollowed) return;
    const { id, parentId, target } = child.identity;
    this.emit({ event: 'record', jobId: id, parentId, host: target.name, record });
  }

  emit(event: JobEvent): void {
    for (const follower of this.#followers) follower.push(event);
  }

  /** A new reader: first how things came to be as they are, then what is unread, then all that happens. */
  follow(): Follower {
    const follower = new Follower({
      taken: (event) => this.#acknowledge(event),
      pressure: () => this.#weighPressure(),
      closed: (gone) => {
        this.#followers.delete(gone);
        this.#weighPressure();
      },
    });
    this.#followers.add(follower);
    this.#replay(follower);
    return follower;
  }

  /** Told when readers of this job fall behind, and when they have caught up. Returns how to stop listening. */
  onPressure(listener: (pause: boolean) => void): () => void {
    this.#pressureListeners.add(listener);
    if (this.#pressed) listener(true);
    return () => this.#pressureListeners.delete(listener);
  }

  view(): JobView {
    const { id, name, type, command } = this.identity;
    this.#location ??= this.#children.map((child) => child.identity.target.name).join(',');
    const until = this.#end?.monotonic ?? this.#clock.monotonic();
    return {
      id,
      instanceId: this.instanceId,
      parentId: null,
      name,
      type,
      state: this.#state,
      hasMoreData: this.#children.some((child) => child.hasMoreData),
      location: this.#location,
      command,
      begin: this.#begin.wall,
      end: this.#end?.wall ?? null,
      durationMs: Math.round(until - this.#begin.monotonic),
      statusMessage: null,
      counts: countsOf(this.#tally),
      children: this.#children.map((child) => child.view()),
    };
  }

  /** Events are made only where somebody takes them. */
  get #isFollowed(): boolean {
    return this.#followers.size > 0;
  }

  #refresh(): void {
    const from = this.#state;
    const to = parentState(this.#tally, this.#stopRequested);
    if (from === to) return;
    this.#state = to;
    if (isFinished(to)) this.#end = { wall: this.#clock.now(), monotonic: this.#clock.monotonic() };
    if (this.#isFollowed) {
      this.emit(this.#stateEvent(null, from, to));
      if (isFinished(to)) this.emit({ event: 'end', job: this.view() });
    }
    if (isFinished(to)) this.#resolveFinished();
  }

  #stateEvent(child: ChildJob | null, from: JobState, to: JobState): JobEvent {
    const time = this.#clock.now();
    const { id: jobId } = child?.identity ?? this.identity;
    const parentId = child?.identity.parentId ?? null;
    const host = child?.identity.target.name ?? null;
    return {
      event: 'state',
      jobId,
      parentId,
      host,
      from,
      to,
      time,
      failure: child?.failure ?? null,
    };
  }

  #replay(follower: Follower): void {
    if (this.#state !== 'NotStarted') {
      follower.push(this.#stateEvent(null, 'NotStarted', 'Running'));
    }
    for (const child of this.#children) this.#replayChild(follower, child);
    if (this.#state !== 'Running' && this.#state !== 'NotStarted') {
      follower.push(this.#stateEvent(null, 'Running', this.#state));
    }
    if (isFinished(this.#state)) follower.push({ event: 'end', job: this.view() });
  }

  #replayChild(follower: Follower, child: ChildJob): void {
    const { id, parentId, target } = child.identity;
    if (child.state === 'NotStarted') return;
    const started = child.view().begin !== null;
    if (started) follower.push(this.#stateEvent(child, 'NotStarted', 'Running'));
    for (const record of child.log.read()) {
      follower.push({ event: 'record', jobId: id, parentId, host: target.name, record });
    }
    if (child.state !== 'Running') {
      follower.push(this.#stateEvent(child, started ? 'Running' : 'NotStarted', child.state));
    }
  }

  #acknowledge(event: JobEvent): void {
    if (event.event === 'record') this.#byId.get(event.jobId)?.log.acknowledge(event.record.seq);
  }

  #weighPressure(): void {
    const pressed = [...this.#followers].some((follower) => follower.pressed);
    if (pressed === this.#pressed) return;
    this.#pressed = pressed;
    for (const listener of this.#pressureListeners) listener(pressed);
  }
}
