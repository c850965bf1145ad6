import { delay, type Timer } from '../base/clock.ts';
import type { Journal } from '../model/ports/journal.ts';
import type { RecordLog } from '../model/ports/results.ts';
import type { ChildResources } from './child-resources.ts';
import { forgetOnHost, type Keeping } from './forget-on-host.ts';
import { GivenUp, type Tell } from './given-up.ts';
import type { Reacher } from './reach.ts';
import { createThrottle, type Throttle } from './throttle.ts';

export interface ForgettingParts {
  readonly reacher: Reacher;
  /** Where it stands what is owed still; null: nobody takes it up when this controller has ended. */
  readonly journal: Journal | null;
  /** Told of hosts that keep something for good. */
  readonly kept: Tell;
}

interface Entry {
  readonly keeping: Keeping;
  readonly resources: ChildResources;
  /** Until then its connection is kept. */
  readonly timer: Timer | null;
  isDue: boolean;
}

/**
 * Has hosts forget what durable work keeps there, once its records were received, or nobody will receive them. It is owed
 * until it is done: asked for again while a host is away, for some time, and by the next controller. A connection is kept
 * for it a moment, because most readers are quick. What cannot be forgotten is told of once: cleaning hosts is apart.
 */
export class Forgetting {
  readonly #parts: ForgettingParts;
  readonly #reacher: Reacher;
  readonly #givenUp: GivenUp;
  /** By the child's id. */
  readonly #entries = new Map<number, Entry>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #over = new AbortController();

  constructor(parts: ForgettingParts) {
    const { reacher, kept } = parts;
    this.#parts = parts;
    this.#givenUp = new GivenUp(reacher.clock, kept);
    // Nobody waits for it: it is not to have all the logins that others wait for.
    this.#reacher = { ...reacher, logins: within(createThrottle(AT_ONCE), reacher.logins) };
  }

  /** Hosts that are being asked to forget, or are to be asked again. */
  get count(): number {
    return [...this.#entries.values()].filter(({ isDue }) => isDue).length;
  }

  /** Of this job: those children whose hosts have not forgotten yet. */
  owing(jobId: number): readonly number[] {
    return [...this.#entries.values()].flatMap(({ keeping }) =>
      keeping.jobId === jobId ? [keeping.childId] : [],
    );
  }

  /** Once that log has been read. Takes over the resources. `log`: null: nobody reads it any more. */
  owe(keeping: Keeping, log: RecordLog | null, resources: ChildResources): void {
    const isHeld = resources.connection !== null;
    const timer = isHeld ? this.#reacher.clock.after(KEEP_MS, () => resources.release()) : null;
    timer?.unref();
    const entry = { keeping, resources, timer, isDue: false };
    this.#entries.set(keeping.childId, entry);
    if (log === null) this.#begin(entry);
    else log.whenRead(() => this.#begin(entry));
  }

  /** There is nothing to be forgotten; or what there is stays, for that reason. */
  isNot(keeping: Keeping, why: string | null, resources: ChildResources): void {
    resources.release();
    this.#parts.journal?.forgotten(keeping.childId);
    if (why !== null) this.#givenUp.add(keeping.target.name, why);
  }

  /**
   * At the end of the controller: those who are asked have a moment. What nobody has received goes too, but for the jobs
   * that are left for the next controller.
   */
  async settled(isLeft: (jobId: number) => boolean): Promise<void> {
    for (const entry of this.#entries.values())
      if (!isLeft(entry.keeping.jobId)) this.#begin(entry);
    const over = new AbortController();
    const all = Promise.all(this.#underWay).then(() => over.abort());
    const late = delay(this.#reacher.clock, LEAVE_MS, over.signal).catch(() => undefined);
    await Promise.race([all, late]);
    this.#over.abort();
    await Promise.all(this.#underWay);
    if (this.#parts.journal === null) {
      for (const { keeping, isDue } of this.#entries.values())
        if (isDue) this.#givenUp.add(keeping.target.name, ENDED);
    }
    this.#givenUp.flush();
  }

  #begin(entry: Entry): void {
    if (entry.isDue) return;
    entry.isDue = true;
    const forgetting = this.#forget(entry).finally(() => this.#underWay.delete(forgetting));
    this.#underWay.add(forgetting);
  }

  async #forget({ keeping, resources, timer }: Entry): Promise<void> {
    timer?.cancel();
    const end = await forgetOnHost(keeping, resources, this.#reacher, this.#over.signal);
    resources.release();
    // The next controller, where there is one, does it.
    if (end.kind === 'left') return;
    this.#entries.delete(keeping.childId);
    this.#parts.journal?.forgotten(keeping.childId);
    if (end.kind === 'kept') this.#givenUp.add(keeping.target.name, end.why);
  }
}

/** Under both limits. */
function within(own: Throttle, logins: Throttle): Throttle {
  return {
    run: (task) => own.run(() => logins.run(task)),
    get waiting() {
      return own.waiting;
    },
  };
}

/** How long a connection is kept for a reader. */
const KEEP_MS = 1_000;
/** At the end of the controller. */
const LEAVE_MS = 3_000;
/** Logins. */
const AT_ONCE = 4;
const ENDED = 'not reached in time';
