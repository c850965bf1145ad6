import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Failure } from '../model/failure.ts';
import type { ChildView, Progress, Question } from '../model/job.ts';
import { NO_DATA, type Outcome, type StopCause, type WorkData } from '../model/outcome.ts';
import type { RecordLog } from '../model/ports/results.ts';
import type { StreamPlaces } from '../model/ports/work.ts';
import type { OutputRecord, StreamName } from '../model/record.ts';
import { assertTransition, isFinished, type JobState } from '../model/state.ts';
import type { ChildBooks } from './child-books.ts';
import { viewOf } from './child-view.ts';
import { CommandTime, timeOf } from './command-time.ts';
import type { ChildIdentity } from './identity.ts';
import { Latch } from './latch.ts';
import { momentNow, momentOf, type Moment } from './moment.ts';
import type { KnownEnd, RestoredChild } from './restored-child.ts';
import { IN_CONTACT, suspendedOf, Suspension, type Running } from './suspension.ts';

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
  data: WorkData = NO_DATA;
  progress: Progress | null = null;
  /** What it asks while it is Blocked. */
  question: Question | null = null;
  /** How far the host's streams are in its records. */
  places: StreamPlaces | null = null;
  /** Who writes down what becomes of it; null: nobody. */
  books: ChildBooks | null = null;
  /** Where its command, which an earlier controller has sent, is to be gone on with; null: it has sent none. */
  goesOnFrom: StreamPlaces | null = null;
  /** How it had ended for an earlier controller, which was killed before all that it wrote was received. */
  readonly known: KnownEnd | null;
  /** null: its command has no limit yet, and was never halted. */
  time: CommandTime | null = null;
  /** It is in its job's queue, or has left it only to wait for its kind's limit. */
  isQueued = false;
  /** Its job has come so far that it may begin. */
  isDue = false;
  /** When its state changed last; null: never. Wall time. */
  changedAt: number | null = null;
  /** The seq of its newest record. */
  lastSeq = 0;

  readonly #clock: Clock;
  readonly #changed: (child: ChildJob, from: JobState, to: JobState) => void;
  #state: JobState = 'NotStarted';
  #outcome: Outcome | null = null;
  #cause: StopCause | null = null;
  #lost: string | null = null;
  /** null: nobody waits. */
  #finish: Latch | null = null;
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
    if (restored.stood !== null) this.time = new CommandTime(clock, restored.stood);
    if (restored.state === 'Disconnected') {
      this.goesOnFrom = restored.places;
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

  /** It is suspended on its host, whether there is contact with it or not. */
  get isHalted(): boolean {
    return this.#running?.suspension.isHalted ?? false;
  }

  /** Wall times, as `ended` is. */
  get began(): number | null {
    return this.#begin?.wall ?? null;
  }

  get ended(): number | null {
    return this.#end?.wall ?? null;
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

  get hasMoreData(): boolean {
    return !this.finished || this.log.hasUnread;
  }

  /** Its turn came. The signal is aborted, with a StopCause, when the child is to end. */
  begin(): { readonly signal: AbortSignal; readonly suspension: Suspension } {
    const abort = new AbortController();
    const { signal } = abort;
    const suspension = new Suspension(suspendedOf(this, signal, (to) => this.#enter(to)));
    this.#running = { abort, suspension };
    // It was asked for while it waited to be gone on with.
    if (this.#cause !== null) this.#interrupt(this.#cause);
    // One that an earlier controller has begun is where it was left.
    if (this.goesOnFrom === null) {
      this.#begin = momentNow(this.#clock);
      this.#enter('Running');
    }
    return { signal, suspension };
  }

  /** What it did until now, like asking whether to go on, was no part of its work. */
  beginAgain(): void {
    this.#begin = momentNow(this.#clock);
  }

  /** Asks a child that has begun to stop. Its work ends it; `settle` follows. */
  stop(cause: Exclude<StopCause, { kind: 'timeout' | 'output-limit' | 'detach' }>): void {
    if (this.finished || this.#state === 'Stopping') return;
    this.#cause ??= cause;
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
    timeOf(this, this.#clock).limit(limitMs, () => this.overLimit({ kind: 'timeout', limitMs }));
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

  /** Contact with what runs on its host was lost, for this reason (safe text); null: it is there again. */
  contact(lost: string | null): void {
    this.#lost = lost;
    this.#running?.suspension.away(lost !== null);
    if (lost === null && this.#state === 'Disconnected')
      this.#enter(this.isHalted ? 'Suspended' : 'Running');
    if (lost !== null && IN_CONTACT.has(this.#state)) this.#enter('Disconnected');
  }

  /** It asks, and nothing goes on until it is answered. */
  block(question: Question): void {
    this.question = question;
    this.#enter('Blocked');
  }

  /** It was answered, or nobody will. */
  unblock(): void {
    this.question = null;
    if (this.#state === 'Blocked') this.#enter(this.#lost === null ? 'Running' : 'Disconnected');
  }

  append(stream: StreamName, data: Uint8Array, structured?: true): OutputRecord {
    const record = this.log.append(stream, data, this.#clock.now(), structured);
    this.lastSeq = record.seq;
    this.books?.said(stream, data);
    if (this.log.full !== null) this.overLimit({ kind: 'store', why: this.log.full });
    return record;
  }

  /** Resolves when the child is finished. */
  whenFinished(): Promise<void> {
    return this.finished ? Promise.resolve() : (this.#finish ??= new Latch()).opened();
  }

  /** Every ending of a child comes through here. False: it had ended before, and nothing changed. */
  settle(given: Outcome): boolean {
    if (this.#outcome !== null) return false;
    this.#outcome = given;
    this.#end =
      this.known === null ? momentNow(this.#clock) : momentOf(this.known.end, this.#clock);
    // Its turn had come, and it was turned away before it did anything.
    if (given.failure?.code === 'skipped') this.#begin = null;
    this.writeDown();
    this.question = null;
    this.time?.end();
    this.log.close();
    this.#enter(this.#outcome.state);
    this.#running?.suspension.end();
    this.#running = null;
    this.#finish?.open();
    this.#finish = null;
    return true;
  }

  /** Has its end written down for good. */
  writeDown(): void {
    if (this.#outcome === null) return;
    const { began: begin, ended: end, attempts, log } = this;
    const told = { outcome: this.#outcome, begin, end: end ?? 0, attempts, bytes: log.bytes };
    this.#outcome = this.books?.ended(told) ?? this.#outcome;
  }

  summary(): ChildView {
    const [begin, end, lost] = [this.#begin, this.#end, this.#lost];
    return viewOf(this, { begin, end, lost, now: this.#clock.monotonic() });
  }

  #interrupt(cause: StopCause): void {
    this.#cause ??= cause;
    this.#running?.abort.abort(cause);
    this.#running?.suspension.end();
  }

  #enter(to: JobState): void {
    const from = this.#state;
    assertTransition(from, to);
    this.#state = to;
    this.changedAt = this.#clock.now();
    // A limit is on the command's own time, which stands still while it is halted.
    const isStill = to === 'Suspended' || (to === 'Disconnected' && this.isHalted);
    if (this.hasBegun && (isStill || this.time !== null)) {
      const stood = timeOf(this, this.#clock).stand(isStill);
      if (stood !== null) this.books?.onStood?.(stood);
    }
    this.#changed(this, from, to);
  }
}
