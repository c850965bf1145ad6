import { safeLine } from '../../base/safe-text.ts';
import { FileError } from '../../model/ports/files.ts';
import type { WorkContext } from '../../model/ports/work.ts';
import { transferFailure } from './failure.ts';
import type { Tally } from './tally.ts';

/** Something that is not taken, and why. `isFault`: a transfer without it is none that succeeded. */
export interface Refusal {
  readonly path: string;
  readonly why: string;
  readonly isFault: boolean;
}

/** One file that cannot be taken, which the others do not depend on. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly refusal: Refusal;

  constructor(path: string, why: string, options?: ErrorOptions) {
    super(`${safeLine(path, 120)}: ${why}`, options);
    this.refusal = { path, why, isFault: true };
  }
}

/** Names what is not taken as it is found, as warnings of the child; those beyond so many are only counted. */
export class Refusals {
  readonly #context: WorkContext;
  readonly #tally: Tally;
  readonly #isOfOne: (error: FileError) => boolean;
  #first: Refusal | null = null;
  #faults = 0;

  /** `isOfOne`: which of the host's refusals say nothing of the next file. */
  constructor(context: WorkContext, tally: Tally, isOfOne: (error: FileError) => boolean) {
    this.#context = context;
    this.#tally = tally;
    this.#isOfOne = isOfOne;
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

  /** One file that we or the host may not read or write is no reason to do without the others. */
  async despite(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (error instanceof RefusedError) this.add(error.refusal);
      else if (error instanceof FileError && this.#isOfOne(error)) {
        this.add({ path: error.path, why: error.why, isFault: true });
      } else throw error;
    }
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
