import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Failure } from '../model/failure.ts';
import type { ChildView, Progress, Question } from '../model/job.ts';
import type { Outcome, StopCause, WorkData } from '../model/outcome.ts';
import type { ChildTrail } from '../model/ports/audit.ts';
import type { RecordLog } from '../model/ports/results.ts';
import type { StreamPlaces } from '../model/ports/work.ts';
import type { OutputRecord, StreamName } from '../model/record.ts';
import { assertTransition, isFinished, type FinishedState, type JobState } from '../model/state.ts';
import type { Target } from '../model/target.ts';
import { PausableTimer } from './pausable-timer.ts';
import { Suspension } from './suspension.ts';

export interface ChildIdentity {
  readonly id: number;
  readonly parentId: number;
  readonly name: string;
  readonly command: string;
  readonly target: Target;
  readonly item: string | null;
  /** Position in the job, from 0. */
  readonly index: number;
}

/** A moment, by both clocks. */
interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

/** A child of an earlier controller. */
export interface RestoredChild {
  readonly instanceId: string;
  readonly state: Extract<JobState, FinishedState | 'Suspended' | 'Disconnected'>;
  readonly outcome: Outcome | null;
  /** Wall times. */
  readonly begin: number | null;
  readonly end: number | null;
  readonly attempts: number;
  readonly data: WorkData;
  /** Of its last record. */
  readonly seq: number;
  readonly places: StreamPlaces | null;
  /** Of one that is Disconnected: how it had ended, with the wall time of that; only what it wrote is to be fetched. */
  readonly known: KnownEnd | null;
}

export interface KnownEnd {
  readonly outcome: Outcome;
  readonly end: number;
}

/** What a child has from its turn to its end. */
interface Running {
  readonly abort: AbortController;
  readonly suspension: Suspension;
}

/**
 * One host's part of a job. Its state changes only in `#enter`, along model/state's table:
 *
 * NotStarted <-> Suspended               it is suspended in the queue, and resumed into it
 * NotStarted -> Running                  its turn came
 * Running <-> Suspending <-> Suspended   its work is suspended: see Suspension
 * Running <-> Blocked                    it asks, and was answered
 * begun and unfinished -> Stopping       it was asked to stop; its work runs the ladder
 * any unfinished -> finished             `settle`, once: the first writer wins, later ones are ignored
 */
export class ChildJob {
  readonly identity: ChildIdentity;
  readonly instanceId: string;
  readonly log: RecordLog;
  /** Connections tried so far. */
  attempts = 0;
  data: WorkData = {};
  progress: Progress | null = null;
  /** How far the host's streams are in its records. */
  places: StreamPlaces | null = null;
  /** Told once: its command may be sent from now on. */
  onBegun: ((begin: number) => void) | null = null;
  /** Told of each change of `places`, once its records are there. */
  onTook: ((places: StreamPlaces) => void) | null = null;
  /** Where its command, which an earlier controller has sent, is to be gone on with; null: it has sent none. */
  goesOnFrom: StreamPlaces | null = null;
  /** What is written down of it for good; null: nothing. */
  trail: ChildTrail | null = null;
  /** How it had ended for an earlier controller, which was killed before all that it wrote was received. */
  readonly known: KnownEnd | null;
  /** It is in its job's queue, or has left it only to wait for its kind's limit. */
  isQueued = false;
  /** Its job has come so far that it may begin. */
  isDue = false;
  /** The seq of its newest record. */
  lastSeq = 0;

  readonly #clock: Clock;
  readonly #changed: (child: ChildJob, from: JobState, to: JobState) => void;
  #state: JobState = 'NotStarted';
  #changedAt: number | null = null;
  #outcome: Outcome | null = null;
  #cause: StopCause | null = null;
  #question: Question | null = null;
  #lost: string | null = null;
  #limit: PausableTimer | null = null;
  #waiting: (() => void)[] | null = null;
  #running: Running | null = null;
  #begin: Moment | null = null;
  #end: Moment | null = null;

  /** `restored`: what an earlier controller has left of it. */
  constructor(
    identity: ChildIdentity,
    log: RecordLog,
    clock: Clock,
    changed: (child: ChildJob, from: JobState, to: JobState) => void,
    restored: RestoredChild | null = null,
  ) {
    this.identity = identity;
    this.log = log;
    this.#clock = clock;
    this.#changed = changed;
    this.instanceId = restored?.instanceId ?? randomUUID();
    this.known = restored?.known ?? null;
    if (restored === null) return;
    this.#state = restored.state;
    this.#outcome = restored.outcome;
    this.#begin = restored.begin === null ? null : momentOf(restored.begin, clock);
    this.#end = restored.end === null ? null : momentOf(restored.end, clock);
    this.attempts = restored.attempts;
    this.data = restored.data;
    this.lastSeq = restored.seq;
    this.places = restored.places;
    if (restored.state === 'Disconnected') {
      this.goesOnFrom = restored.places ?? FROM_NOTHING;
      this.#lost = 'its controller has ended';
    }
    if (this.finished) log.close();
  }

  get state(): JobState {
    return this.#state;
  }

  get finished(): boolean {
    return isFinished(this.#state);
  }

  /** Its turn has come, and its work was begun. */
  get hasBegun(): boolean {
    return this.#begin !== null;
  }

  /** Wall times, as the next two are. */
  get began(): number | null {
    return this.#begin?.wall ?? null;
  }

  get ended(): number | null {
    return this.#end?.wall ?? null;
  }

  /** When its state changed last; null: never. */
  get changedAt(): number | null {
    return this.#changedAt;
  }

  /** Why it was first made to end. */
  get cause(): StopCause | null {
    return this.#cause;
  }

  /** null: it has not ended. */
  get outcome(): Outcome | null {
    return this.#outcome;
  }

  /** Why it failed, where it did. */
  get failure(): Failure | null {
    return this.#outcome?.failure ?? null;
  }

  get question(): Question | null {
    return this.#question;
  }

  get hasMoreData(): boolean {
    return !this.finished || this.log.hasUnread;
  }

  /** Its turn came. The signal is aborted, with a StopCause, when the child is to end. */
  begin(): { readonly signal: AbortSignal; readonly suspension: Suspension } {
    const abort = new AbortController();
    const { signal } = abort;
    const suspension = new Suspension(this.#suspended(signal));
    this.#running = { abort, suspension };
    // It was asked for while it waited to be gone on with.
    if (this.#cause !== null) this.#interrupt(this.#cause);
    // One that an earlier controller has begun is where it was left.
    if (this.goesOnFrom === null) {
      this.#begin = this.#moment();
      this.#enter('Running');
    }
    return { signal, suspension };
  }

  /** What it did until now, like asking whether to go on, was no part of its work. */
  beginAgain(): void {
    this.#begin = this.#moment();
  }

  /** Asks a child that has begun to stop. Its work ends it; `settle` follows. */
  stop(cause: Exclude<StopCause, { kind: 'timeout' | 'output-limit' | 'detach' }>): void {
    if (this.finished || this.#state === 'Stopping') return;
    this.#enter('Stopping');
    this.#interrupt(cause);
  }

  /** Lets go of it, and leaves it as it is on its host. What had not begun does not begin. */
  detach(): void {
    if (this.finished) return;
    if (this.#state === 'NotStarted') this.hold();
    else this.#interrupt({ kind: 'detach' });
  }

  /** The command's time begins; when it is over the child stays Running while its work ends it. */
  limit(limitMs: number): void {
    this.#limit ??= new PausableTimer(this.#clock, limitMs, () => {
      this.overLimit({ kind: 'timeout', limitMs });
    });
    if (this.#state === 'Suspended') this.#limit.pause();
  }

  /** It went beyond a limit: it stays Running while its work ends it. */
  overLimit(cause: Extract<StopCause, { kind: 'timeout' | 'output-limit' | 'store' }>): void {
    if (this.finished) return;
    if (this.#state === 'Suspending') this.#enter('Running');
    this.#interrupt(cause);
  }

  /** Suspends it in the queue. */
  hold(): void {
    this.#enter('Suspended');
  }

  /** Back from there. */
  unhold(): void {
    this.#enter('NotStarted');
  }

  /** See Suspension. Only of a child that has begun. */
  suspend(): Promise<string | null> {
    return this.#running?.suspension.suspend() ?? Promise.resolve(null);
  }

  resume(): Promise<string | null> {
    return this.#running?.suspension.resume() ?? Promise.resolve(null);
  }

  /** Contact with what runs on its host was lost. `reason`: safe text. */
  disconnect(reason: string): void {
    this.#lost = reason;
    if (this.#state === 'Running' || this.#state === 'Suspending' || this.#state === 'Suspended') {
      this.#enter('Disconnected');
    }
  }

  /** Contact is there again. */
  reconnected(): void {
    this.#lost = null;
    if (this.#state === 'Disconnected') this.#enter('Running');
  }

  /** It asks, and nothing goes on until it is answered. */
  block(question: Question): void {
    this.#question = question;
    this.#enter('Blocked');
  }

  /** It was answered, or nobody will. */
  unblock(): void {
    this.#question = null;
    if (this.#state === 'Blocked') this.#enter(this.#lost === null ? 'Running' : 'Disconnected');
  }

  /** Its command may be sent from now on. */
  mayBeSent(): void {
    this.onBegun?.(this.began ?? this.#clock.now());
    this.onBegun = null;
  }

  /** See WorkContext.took. */
  took(places: StreamPlaces): void {
    this.places = places;
    this.onTook?.(places);
  }

  append(stream: StreamName, data: Uint8Array, structured?: true): OutputRecord {
    const record = this.log.append(stream, data, this.#clock.now(), structured);
    this.lastSeq = record.seq;
    this.trail?.said(stream, data);
    if (this.log.full !== null) this.overLimit({ kind: 'store', why: this.log.full });
    return record;
  }

  /** Resolves when the child is finished. */
  whenFinished(): Promise<void> {
    if (this.finished) return Promise.resolve();
    return new Promise((resolve) => (this.#waiting ??= []).push(resolve));
  }

  /** Every ending of a child comes through here. False: it had ended before, and nothing changed. */
  settle(given: Outcome): boolean {
    if (this.#outcome !== null) return false;
    this.#outcome = given;
    this.#end = this.known === null ? this.#moment() : momentOf(this.known.end, this.#clock);
    // Its turn had come, and it was turned away before it did anything.
    if (given.failure?.code === 'skipped') this.#begin = null;
    const outcome = this.writeDown() ?? given;
    this.#question = null;
    this.#limit?.cancel();
    this.log.close();
    this.#enter(outcome.state);
    this.#running?.suspension.end();
    this.#running = null;
    this.#limit = null;
    for (const resolve of this.#waiting ?? []) resolve();
    this.#waiting = null;
    return true;
  }

  /** Has its end written down for good. One that cannot be has failed, whatever it was; that is what becomes of it, then. */
  writeDown(): Outcome | null {
    const outcome = this.#outcome;
    if (outcome === null || this.trail === null) return null;
    const { attempts, log } = this;
    const [begin, end] = [this.began, this.ended ?? 0];
    const why = this.trail.ended({ outcome, begin, end, attempts, bytes: log.bytes });
    this.trail = null;
    if (why !== null && outcome.state === 'Completed') {
      const failure = { phase: 'local', code: 'store', message: why, mayHaveRun: true } as const;
      this.#outcome = { ...outcome, state: 'Failed', failure: { ...failure, via: null } };
    }
    return this.#outcome;
  }

  summary(): ChildView {
    const { id, parentId, name, command, target, item } = this.identity;
    const outcome = this.#outcome;
    const until = this.#end?.monotonic ?? this.#clock.monotonic();
    return {
      id,
      instanceId: this.instanceId,
      parentId,
      name,
      type: '',
      state: this.#state,
      hasMoreData: this.hasMoreData,
      location: target.name,
      command,
      begin: this.#begin?.wall ?? null,
      end: this.#end?.wall ?? null,
      durationMs: this.#begin === null ? null : Math.round(until - this.#begin.monotonic),
      statusMessage: outcome === null ? this.#activity() : outcome.statusMessage,
      progress: this.progress,
      host: target.name,
      item,
      question: this.#question,
      exitCode: outcome?.exitCode ?? null,
      signal: outcome?.signal ?? null,
      failure: outcome?.failure ?? null,
      attempts: this.attempts,
      bytes: this.log.bytes,
      endConfirmed: outcome?.endConfirmed ?? null,
      data: this.data,
    };
  }

  /** What an unfinished child has to say. */
  #activity(): string | null {
    if (this.#question !== null) return `asks: ${this.#question.text}`;
    if (this.#state === 'Disconnected') return this.#lost;
    if (this.progress === null) return null;
    const { percent, text } = this.progress;
    return `${Math.round(percent)}% ${text}`.trimEnd();
  }

  #suspended(signal: AbortSignal): ConstructorParameters<typeof Suspension>[0] {
    const state = (): JobState => this.#state;
    return {
      signal,
      get state() {
        return state();
      },
      enter: (to) => this.#enter(to),
    };
  }

  #interrupt(cause: StopCause): void {
    this.#cause ??= cause;
    this.#running?.abort.abort(cause);
    this.#running?.suspension.end();
  }

  #moment(): Moment {
    return { wall: this.#clock.now(), monotonic: this.#clock.monotonic() };
  }

  #enter(to: JobState): void {
    const from = this.#state;
    assertTransition(from, to);
    this.#state = to;
    this.#changedAt = this.#clock.now();
    // A limit is on the command's own time, which stands still while it is halted.
    if (to === 'Suspended') this.#limit?.pause();
    else if (from === 'Suspended') this.#limit?.resume();
    this.#changed(this, from, to);
  }
}

/** A wall time as a moment of both clocks. */
function momentOf(wall: number, clock: Clock): Moment {
  return { wall, monotonic: clock.monotonic() - (clock.now() - wall) };
}

const FROM_NOTHING: StreamPlaces = { output: 0, error: 0 };
