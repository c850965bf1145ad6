import { FAILURE_PHASES, type FailureCode, type Phase } from '../../model/failure.ts';

/** The logins that tripped it: how many, and what all of them failed with. */
export interface Tripped {
  readonly logins: number;
  readonly code: FailureCode;
}

/** Whether logins that are under way are given up, too, when those before them have failed with this. */
export function endsLogins({ code }: Tripped): boolean {
  return AT_ONCE.has(FAILURE_PHASES[code]);
}

/**
 * Trips when the first logins of a job to finish have all failed with one code, and many targets are left: what is wrong
 * is then most likely ours, and more attempts could lock accounts. It looks at the beginning only: one login that ends
 * otherwise, and it is out of the way for good.
 */
export class Breaker<Child> {
  /** Those whose login has finished. */
  readonly #finished = new Set<Child>();
  readonly #underWay = new Set<Child>();
  /** Those that have to finish alike before it trips; null: not enough have finished. */
  #awaited: Set<Child> | null = null;
  #code: FailureCode | null = null;
  #isOver = false;

  /** Enough have failed alike, and whether it trips is for those to say that are under way: nobody else begins. */
  get isDeciding(): boolean {
    return this.#awaited !== null;
  }

  began(child: Child): void {
    if (!this.#isOver) this.#underWay.add(child);
  }

  /**
   * A login has finished; `code`: null where it succeeded. `left`: how many targets are left beside these that have
   * finished. null: it has not tripped.
   */
  ended(
    child: Child,
    code: FailureCode | null,
    left: (finished: ReadonlySet<Child>) => number,
  ): Tripped | null {
    this.#underWay.delete(child);
    this.#awaited?.delete(child);
    if (this.#isOver || this.#finished.has(child)) return null;
    this.#finished.add(child);
    this.#code ??= code;
    if (code === null || code !== this.#code) return this.#over();
    if (this.#finished.size < LOGINS) return null;
    if (this.#awaited === null) {
      if (left(this.#finished) <= MOST_LEFT) return this.#over();
      this.#awaited = AT_ONCE.has(FAILURE_PHASES[code]) ? new Set() : new Set(this.#underWay);
    }
    return this.#decide();
  }

  /** It was stopped before its login finished. */
  left(child: Child): Tripped | null {
    this.#underWay.delete(child);
    this.#awaited?.delete(child);
    return this.#awaited === null ? null : this.#decide();
  }

  #decide(): Tripped | null {
    if (this.#code === null || this.#awaited === null || this.#awaited.size > 0) return null;
    const tripped = { logins: this.#finished.size, code: this.#code };
    this.#over();
    return tripped;
  }

  #over(): null {
    this.#isOver = true;
    this.#finished.clear();
    this.#underWay.clear();
    this.#awaited = null;
    return null;
  }
}

/** So many have to finish first, and more than so many targets to be left: fewer are no fleet. */
const LOGINS = 8;
const MOST_LEFT = 20;
/**
 * Every further attempt may do harm, so nothing is waited for. In the other phases the failures that come first are the
 * quick ones, like a few hosts that refuse while the rest are being logged in to: there what is under way decides too.
 */
const AT_ONCE: ReadonlySet<Phase> = new Set<Phase>(['verify', 'authenticate']);
