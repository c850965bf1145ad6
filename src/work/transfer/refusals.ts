import { safeLine } from '../../base/safe-text.ts';
import type { WorkContext } from '../../model/ports/work.ts';
import { transferFailure } from './failure.ts';
import type { Tally } from './tally.ts';

/** Something that is not taken, and why. `isFault`: a transfer without it is none that succeeded. */
export interface Refusal {
  readonly path: string;
  readonly why: string;
  readonly isFault: boolean;
}

/** Names what is not taken as it is found, as warnings of the child; those beyond so many are only counted. */
export class Refusals {
  readonly #context: WorkContext;
  readonly #tally: Tally;
  #first: Refusal | null = null;
  #faults = 0;

  constructor(context: WorkContext, tally: Tally) {
    this.#context = context;
    this.#tally = tally;
  }

  add(refusal: Refusal): void {
    const { path, why, isFault } = refusal;
    this.#tally.refused += 1;
    if (isFault) {
      this.#faults += 1;
      this.#first ??= refusal;
    }
    if (this.#tally.refused > MOST_NAMED) return;
    const more = this.#tally.refused === MOST_NAMED ? '; further ones are not named' : '';
    const text = `not taken: ${safeLine(path, 300)}: ${safeLine(why)}${more}\n`;
    this.#context.write('warning', Buffer.from(text));
  }

  /** Throws where something is missing that should be there. */
  settle(changed: boolean): void {
    if (this.#first === null) return;
    const { path, why } = this.#first;
    const others = this.#faults === 1 ? '' : ` (and ${this.#faults - 1} more)`;
    throw transferFailure(`${safeLine(path, 100)}: ${safeLine(why, 60)}${others}`, changed);
  }
}

const MOST_NAMED = 100;
