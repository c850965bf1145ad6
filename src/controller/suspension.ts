import { throwIfAborted } from '../base/abort.ts';
import { safeLine } from '../base/safe-text.ts';
import type { JobState } from '../model/state.ts';
import type { Suspendable } from '../model/ports/work.ts';

/** The child whose work this suspends. */
export interface Suspended {
  readonly state: JobState;
  readonly signal: AbortSignal;
  enter(state: 'Suspending' | 'Suspended' | 'Running'): void;
}

/** States of a child in which something of it runs on a host that is in contact. */
export const IN_CONTACT: ReadonlySet<JobState> = new Set(['Running', 'Suspending', 'Suspended']);

/** What a child has from its turn to its end. */
export interface Running {
  readonly abort: AbortController;
  readonly suspension: Suspension;
}

/** A child as its suspension sees it; `enter` is its one setter of its state. */
export function suspendedOf(
  child: { readonly state: JobState },
  signal: AbortSignal,
  enter: Suspended['enter'],
): Suspended {
  return {
    signal,
    get state() {
      return child.state;
    },
    enter,
  };
}

/**
 * Suspends the work of one child that has begun, and lets it go on. There is what is wanted and what is, and one loop
 * that brings the second to the first, so that requests may come at any time and in any order.
 *
 * Work that has not begun its command is suspended where it waits in `go`; from then on through what it registered.
 */
export class Suspension {
  readonly #child: Suspended;
  #isWanted = false;
  /** The work was halted, and not let go on since. */
  #isHalted = false;
  #isBusy = false;
  /** Somebody has asked for what is wanted. */
  #isAsked = false;
  /** Nothing can be asked of the work's host. */
  #isAway = false;
  #isOver = false;
  #work: Suspendable | null = null;
  /** Let go on what waits in `go`. */
  #gates: (() => void)[] = [];
  #waiting: ((reason: string | null) => void)[] = [];

  constructor(child: Suspended) {
    this.#child = child;
  }

  /** Whether its work was halted when it was heard of last. */
  get isHalted(): boolean {
    return this.#isHalted;
  }

  /** Resolves when it is Suspended, or has ended, or was resumed: null; or it cannot be suspended: why. */
  suspend(): Promise<string | null> {
    if (this.#isOver || (this.#isWanted && this.#child.state === 'Suspended')) return DONE;
    const result = this.#result();
    this.#isAsked = true;
    if (!this.#isWanted) {
      this.#isWanted = true;
      if (this.#child.state === 'Running') this.#child.enter('Suspending');
      void this.#reconcile();
    }
    return result;
  }

  /** Resolves when it is Running, or has ended: null; or it cannot be resumed: why. */
  resume(): Promise<string | null> {
    if (this.#isOver || (!this.#isWanted && this.#child.state === 'Running')) return DONE;
    const result = this.#result();
    this.#isAsked = true;
    this.#isWanted = false;
    void this.#reconcile();
    return result;
  }

  /** See WorkContext.go. */
  async go(): Promise<void> {
    throwIfAborted(this.#child.signal);
    while (this.#isWanted && !this.#isOver) {
      this.#arrive('Suspended');
      await new Promise<void>((resolve) => this.#gates.push(resolve));
      throwIfAborted(this.#child.signal);
    }
  }

  /** See WorkContext.suspendable. */
  register(work: Suspendable | null, isHalted: boolean = this.#isHalted): void {
    this.#work = work;
    this.#isHalted = work !== null && isHalted;
    if (!this.#isAsked) this.#isWanted ||= this.#isHalted;
    if (work !== null) void this.#reconcile();
  }

  /** Contact with the work was lost, and what is halted stays so; or it is there again, and will be registered anew. */
  away(isAway: boolean): void {
    this.#isAway = isAway;
    if (isAway) this.#work = null;
  }

  /** The child is to end, or has ended: what runs is no longer ours to halt. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#open();
    this.#settle(null);
  }

  async #reconcile(): Promise<void> {
    if (this.#isBusy || this.#isAway) return;
    this.#isBusy = true;
    let refusal: string | null = null;
    while (!this.#isOver && this.#work !== null && this.#isWanted !== this.#isHalted) {
      const halts = this.#isWanted;
      const work = this.#work;
      refusal = await attempt(() => (halts ? work.suspend() : work.resume()));
      // The work may have ended meanwhile, and is then not halted.
      if (refusal === null) this.#isHalted = halts && (this.#work !== null || this.#isAway);
      else this.#isWanted = this.#isHalted;
    }
    this.#isBusy = false;
    if (this.#isOver) return;
    if (this.#isAway) {
      // Its state is told by whoever comes back to it.
      this.#settle(refusal ?? (this.#isWanted === this.#isHalted ? null : AWAY));
      this.#isWanted = this.#isHalted;
      return;
    }
    if (!this.#isWanted) {
      this.#open();
      this.#arrive('Running', refusal);
    } else if (this.#isHalted) {
      this.#arrive('Suspended', refusal);
    }
  }

  #arrive(state: 'Suspended' | 'Running', refusal: string | null = null): void {
    if (this.#child.state !== state) this.#child.enter(state);
    this.#settle(refusal);
  }

  #open(): void {
    for (const open of this.#gates.splice(0)) open();
  }

  #result(): Promise<string | null> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #settle(reason: string | null): void {
    for (const resolve of this.#waiting.splice(0)) resolve(reason);
  }
}

/** What it says, or what it threw: a refusal too. */
async function attempt(task: () => Promise<string | null>): Promise<string | null> {
  try {
    return await task();
  } catch (error) {
    return safeLine(error instanceof Error ? error.message : String(error));
  }
}

/** As it is told where it is known before. */
export const AWAY = 'contact with it was lost';
const DONE: Promise<null> = Promise.resolve(null);
