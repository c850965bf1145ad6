import type { Clock, Timer } from '../../base/clock.ts';
import { isFinished, type JobState } from '../../model/state.ts';
import type { ChildJob } from '../child-job.ts';
import type { ParentJob } from '../parent-job.ts';
import type { Suspension } from '../suspension.ts';
import { Confirmation } from './confirmation.ts';
import { Cut } from './cut.ts';
import { inBatches } from './order.ts';
import { Splay } from './splay.ts';

export interface CourseParts {
  readonly job: ParentJob;
  readonly clock: Clock;
  readonly random: () => number;
  /** Puts a child into the queue for its turn; does nothing where it is there already. */
  readonly add: (child: ChildJob) => void;
}

/**
 * The course that a job takes over its targets: which of its children may begin, and when. Batch after batch, with a rest
 * and a question between them, until it is cut.
 */
export class Course {
  readonly cut: Cut;
  readonly #parts: CourseParts;
  readonly #batches: readonly (readonly ChildJob[])[];
  readonly #splay: Splay<ChildJob> | null;
  /** The batch that is to begin next, or has begun. */
  #at = -1;
  /** Those of it that have not finished. */
  #unfinished: Set<ChildJob> = new Set();
  /** Some batch has. */
  #hasBegun = false;
  #rest: { readonly timer: Timer; readonly until: number } | null = null;
  #confirmation: Confirmation | null = null;

  constructor(parts: CourseParts) {
    const { job, clock, random } = parts;
    const { rollout } = job.definition;
    const { splayMs } = rollout;
    const release = (child: ChildJob): void => this.#release(child);
    this.#parts = parts;
    this.#batches = inBatches(job.children, rollout, random);
    this.#splay = splayMs === 0 ? null : new Splay({ clock, random, splayMs, release });
    this.cut = new Cut(job, () => this.#halt());
  }

  /** Where it is, or why it was cut; null: nothing to say. */
  get message(): string | null {
    if (this.cut.message !== null) return this.cut.message;
    const { batch } = this;
    if (batch === null || this.#rest === null) return batch;
    const left = this.#rest.until - this.#parts.clock.monotonic();
    return `${batch} in ${Math.max(0, Math.ceil(left / 1000))} s`;
  }

  get batch(): string | null {
    if (this.#parts.job.finished || this.#batches.length <= 1 || this.#at < 0) return null;
    return `batch ${this.#at + 1} of ${this.#batches.length}`;
  }

  begin(): void {
    this.#next();
  }

  /** A child that waited out of the queue may wait in it again, where its batch has begun. */
  requeue(child: ChildJob): void {
    if (child.isDue) this.#parts.add(child);
  }

  /** To be told of every change of a child's state, after the job itself was. */
  changed(child: ChildJob, to: JobState): void {
    if (to === 'Failed') this.cut.failed();
    if (isFinished(to) && this.#unfinished.delete(child) && this.#unfinished.size === 0) {
      this.#next();
    } else if (this.#canGoOn) this.#confirmation?.changed(child, to);
  }

  /**
   * What a child whose turn has come does before its work: asks whether to go on, where that is its part; null: nothing.
   * Rejects where the child is to end instead.
   */
  before(child: ChildJob, signal: AbortSignal, suspension: Suspension): Promise<void> | null {
    const confirmation = this.#confirmation;
    if (confirmation === null || !confirmation.isAsker(child)) return null;
    return this.#confirmed(child, confirmation.answer(child, signal, suspension));
  }

  /** Whoever stops the job, or cuts its course, sees to all of its children. */
  get #canGoOn(): boolean {
    return !this.cut.isMade && !this.#parts.job.isStopping;
  }

  /** On to the next batch that has somebody left in it; there is none once the job is done. */
  #next(): void {
    this.#halt();
    if (!this.#canGoOn) return;
    for (this.#at += 1; this.#at < this.#batches.length; this.#at += 1) {
      this.#unfinished = new Set(this.#batches[this.#at]?.filter((child) => !child.finished));
      if (this.#unfinished.size > 0) break;
    }
    const { pauseMs } = this.#parts.job.definition.rollout;
    if (this.#unfinished.size === 0) return;
    if (this.#hasBegun && pauseMs > 0) this.#pause(pauseMs);
    else this.#confirmOrBegin();
  }

  #pause(pauseMs: number): void {
    const { clock } = this.#parts;
    const timer = clock.after(pauseMs, () => {
      this.#rest = null;
      this.#confirmOrBegin();
    });
    this.#rest = { timer, until: clock.monotonic() + pauseMs };
  }

  #confirmOrBegin(): void {
    const { job, add } = this.#parts;
    if (!this.#hasBegun || !job.definition.rollout.confirm) {
      this.#beginBatch();
      return;
    }
    const batch = { batch: this.#at + 1, batches: this.#batches.length };
    this.#confirmation = new Confirmation({ job, add, ...batch, children: this.#unfinished });
    this.#confirmation.ask();
  }

  async #confirmed(child: ChildJob, answer: Promise<boolean>): Promise<void> {
    if (await answer) {
      this.#confirmation = null;
      child.beginAgain();
      this.#beginBatch();
    } else {
      const [batch, batches] = [this.#at + 1, this.#batches.length];
      this.cut.make({ kind: 'refused', batch, batches });
      this.cut.admit(child);
    }
  }

  #beginBatch(): void {
    this.#hasBegun = true;
    const children = [...this.#unfinished].filter((child) => !child.hasBegun);
    if (this.#splay === null) for (const child of children) this.#release(child);
    else this.#splay.spread(children);
  }

  #release(child: ChildJob): void {
    child.isDue = true;
    if (!child.finished) this.#parts.add(child);
  }

  /** Nothing of it waits any more, for a time or for an answer. */
  #halt(): void {
    this.#rest?.timer.cancel();
    this.#rest = null;
    this.#splay?.cancel();
    this.#confirmation = null;
  }
}
