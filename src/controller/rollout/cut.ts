import { abortReason, onceAborted } from '../../base/abort.ts';
import { amountOf } from '../../model/batches.ts';
import { FailureError, type Failure } from '../../model/failure.ts';
import type { ChildJob } from '../child-job.ts';
import type { ParentJob } from '../parent-job.ts';
import { skipped } from '../verdict.ts';
import { Breaker, endsLogins, type Tripped } from './breaker.ts';
import {
  cutMessage,
  nounOf,
  skipFailure,
  type CutCounts,
  type CutReason,
  type Noun,
} from './skipping.ts';

interface Made extends CutCounts {
  skipped: number;
  readonly noun: Noun;
}

/** Ends a job's rollout where too much went wrong: what has not begun is skipped, what runs finishes, or is stopped too. */
export class Cut {
  readonly #job: ParentJob;
  /** Called before anything is skipped. */
  readonly #happens: () => void;
  readonly #breaker: Breaker<ChildJob> | null;
  /** So many failures are tolerated. */
  readonly #allowed: number;
  readonly #loggingIn = new Set<ChildJob>();
  /** Children whose login waits for the breaker to decide. */
  readonly #held = new Set<() => void>();
  #failures = 0;
  #made: Made | null = null;

  constructor(job: ParentJob, happens: () => void) {
    const { rollout, targets } = job.definition;
    this.#job = job;
    this.#happens = happens;
    this.#breaker = rollout.breaker ? new Breaker() : null;
    this.#allowed =
      rollout.maxFailures === null ? Infinity : amountOf(rollout.maxFailures, targets.length);
  }

  get isMade(): boolean {
    return this.#made !== null;
  }

  /** Why it was cut; null: it was not, or nothing came of that. */
  get message(): string | null {
    if (this.#made === null) return null;
    return cutMessage(this.#made, this.#made.noun);
  }

  /** A child has failed. */
  failed(): void {
    this.#failures += 1;
    const { maxFailures, kill } = this.#job.definition.rollout;
    if (maxFailures === null || this.#failures <= this.#allowed) return;
    this.make({ kind: 'failures', failures: this.#failures, allowed: maxFailures }, kill);
  }

  /** Throws FailureError `skipped` where a child that has not tried anything yet is not to begin any more. */
  admit(child: ChildJob): void {
    if (this.#made === null || child.attempts > 0) return;
    this.#made.skipped += 1;
    throw new FailureError(skipFailure(this.#made.reason));
  }

  /** Whether the child's login has to wait for what becomes of others. */
  isHeld(child: ChildJob): boolean {
    return this.#breaker?.isDeciding === true && !this.#loggingIn.has(child);
  }

  /** Resolves when it need not wait any more; rejects with the signal's reason when that comes first. */
  untilDecided(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#held.delete(done);
        unlisten();
        resolve();
      };
      const unlisten = onceAborted(signal, () => {
        this.#held.delete(done);
        reject(abortReason(signal));
      });
      this.#held.add(done);
    });
  }

  /** A child's login is tried. */
  loginBegan(child: ChildJob): void {
    this.#loggingIn.add(child);
    this.#breaker?.began(child);
  }

  /** It has finished. `failure`: null where it succeeded. */
  loginEnded(child: ChildJob, failure: Failure | null): void {
    this.#loggingIn.delete(child);
    const left = (finished: ReadonlySet<ChildJob>): number =>
      this.#job.children.filter((other) => !other.finished && !finished.has(other)).length;
    this.#trip(this.#breaker?.ended(child, failure?.code ?? null, left) ?? null);
  }

  /** It was given up, because the child is to end. */
  loginLeft(child: ChildJob): void {
    this.#loggingIn.delete(child);
    this.#trip(this.#breaker?.left(child) ?? null);
  }

  /** Nothing more begins. `kill`: and what runs is stopped. */
  make(reason: CutReason, kill = false): void {
    if (this.#made !== null) return;
    const unfinished = this.#job.children.filter((child) => !child.finished);
    const rest = unfinished.filter((child) => !child.hasBegun);
    const running = kill ? unfinished.filter((child) => child.hasBegun) : [];
    // Counted before the last of them ends, and with it the job.
    const noun = nounOf(this.#job.definition.targets);
    this.#made = { reason, skipped: rest.length, stopped: running.length, noun };
    this.#happens();
    const outcome = skipped(skipFailure(reason));
    for (const child of rest) child.settle(outcome);
    for (const child of running) child.stop({ kind: 'stop', by: '--max-failures' });
  }

  #trip(tripped: Tripped | null): void {
    if (tripped !== null) this.#break(tripped);
    if (this.#breaker?.isDeciding !== true) for (const go of this.#held) go();
  }

  #break(tripped: Tripped): void {
    const loggingIn = endsLogins(tripped) ? [...this.#loggingIn] : [];
    const reason: CutReason = { kind: 'breaker', ...tripped };
    this.make(reason);
    if (this.#made === null) return;
    // An attempt that has not come to its end may lock an account yet, and nothing was run.
    this.#made.skipped += loggingIn.length;
    for (const child of loggingIn) child.stop({ kind: 'skip', failure: skipFailure(reason) });
  }
}
