import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Failure } from '../model/failure.ts';
import type { ChildView } from '../model/job.ts';
import type { Outcome, StopCause, WorkData } from '../model/outcome.ts';
import type { RecordLog } from '../model/ports/results.ts';
import { assertTransition, isFinished, type JobState } from '../model/state.ts';
import type { Target } from '../model/target.ts';

export interface ChildIdentity {
  readonly id: number;
  readonly parentId: number;
  readonly name: string;
  readonly command: string;
  readonly target: Target;
  /** Position in the job, from 0. */
  readonly index: number;
}

/**
 * One host's part of a job. Its state changes only in `#enter`, along model/state's table:
 *
 * NotStarted -> Running        its turn came
 * Running -> Stopping          it was asked to stop; its work runs the ladder
 * any unfinished -> finished   `settle`, once: the first writer wins, later ones are ignored
 */
export class ChildJob {
  readonly identity: ChildIdentity;
  readonly instanceId: string = randomUUID();
  readonly log: RecordLog;
  /** Connections tried so far. */
  attempts = 0;
  data: WorkData = {};

  readonly #clock: Clock;
  readonly #changed: (child: ChildJob, from: JobState, to: JobState) => void;
  #state: JobState = 'NotStarted';
  #outcome: Outcome | null = null;
  #cause: StopCause | null = null;
  #abort: AbortController | null = null;
  #waiting: (() => void)[] = [];
  #begin: { readonly wall: number; readonly monotonic: number } | null = null;
  #end: { readonly wall: number; readonly monotonic: number } | null = null;

  constructor(
    identity: ChildIdentity,
    log: RecordLog,
    clock: Clock,
    changed: (child: ChildJob, from: JobState, to: JobState) => void,
  ) {
    this.identity = identity;
    this.log = log;
    this.#clock = clock;
    this.#changed = changed;
  }

  get state(): JobState {
    return this.#state;
  }

  get finished(): boolean {
    return isFinished(this.#state);
  }

  /** Why it was first made to end. */
  get cause(): StopCause | null {
    return this.#cause;
  }

  /** Why it failed, where it did. */
  get failure(): Failure | null {
    return this.#outcome?.failure ?? null;
  }

  get hasMoreData(): boolean {
    return !this.finished || this.log.hasUnread;
  }

  /** Its turn came. The signal is aborted, with a StopCause, when the child is to end. */
  begin(): AbortSignal {
    this.#begin = this.#moment();
    this.#abort = new AbortController();
    this.#enter('Running');
    return this.#abort.signal;
  }

  /** Asks a running child to stop. Its work ends it; `settle` follows. */
  stop(cause: Extract<StopCause, { kind: 'stop' }>): void {
    if (this.finished || this.#state === 'Stopping') return;
    this.#enter('Stopping');
    this.#interrupt(cause);
  }

  /** The command's time is over. The child stays Running while its work ends it. */
  expire(limitMs: number): void {
    if (!this.finished) this.#interrupt({ kind: 'timeout', limitMs });
  }

  /** Resolves when the child is finished. */
  whenFinished(): Promise<void> {
    if (this.finished) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Every ending of a child comes through here. False: it had ended before, and nothing changed. */
  settle(outcome: Outcome): boolean {
    if (this.#outcome !== null) return false;
    this.#outcome = outcome;
    this.#end = this.#moment();
    this.log.close();
    this.#enter(outcome.state);
    for (const resolve of this.#waiting.splice(0)) resolve();
    return true;
  }

  view(): ChildView {
    const { id, parentId, name, command, target } = this.identity;
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
      statusMessage: outcome?.statusMessage ?? null,
      host: target.name,
      exitCode: outcome?.exitCode ?? null,
      signal: outcome?.signal ?? null,
      failure: outcome?.failure ?? null,
      attempts: this.attempts,
      bytes: this.log.bytes,
      endConfirmed: outcome?.endConfirmed ?? null,
      data: this.data,
    };
  }

  #interrupt(cause: StopCause): void {
    this.#cause ??= cause;
    this.#abort?.abort(cause);
  }

  #moment(): { wall: number; monotonic: number } {
    return { wall: this.#clock.now(), monotonic: this.#clock.monotonic() };
  }

  #enter(to: JobState): void {
    const from = this.#state;
    assertTransition(from, to);
    this.#state = to;
    this.#changed(this, from, to);
  }
}
