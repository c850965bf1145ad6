import type { AskedQuestion } from '../../model/ports/transport.ts';
import { isFinished, type JobState } from '../../model/state.ts';
import type { ChildJob } from '../child-job.ts';
import type { ParentJob } from '../parent-job.ts';
import type { Suspension } from '../suspension.ts';
import { nounOf } from './skipping.ts';

export interface ConfirmationParts {
  readonly job: ParentJob;
  /** The batch that is to begin, from 1 on, and how many there are. */
  readonly batch: number;
  readonly batches: number;
  /** Those of the batch that have not finished, as things are. */
  readonly children: ReadonlySet<ChildJob>;
  /** Puts a child into the queue for its turn, in which it asks. */
  readonly add: (child: ChildJob) => void;
}

/**
 * Asks once, before one batch, whether to go on. A child of that batch asks, Blocked, in its turn; where it is stopped or
 * suspended before that, another one does.
 */
export class Confirmation {
  readonly #parts: ConfirmationParts;
  #asker: ChildJob | null = null;

  constructor(parts: ConfirmationParts) {
    this.#parts = parts;
  }

  isAsker(child: ChildJob): boolean {
    return child === this.#asker;
  }

  /** The first that could begin asks; where all are suspended, the first that is resumed. */
  ask(): void {
    if (this.#asker !== null) return;
    this.#asker = [...this.#parts.children].find(({ state }) => state === 'NotStarted') ?? null;
    if (this.#asker !== null) this.#parts.add(this.#asker);
  }

  /** To be told of every change of a child's state. */
  changed(child: ChildJob, to: JobState): void {
    if (child === this.#asker && (isFinished(to) || (to === 'Suspended' && !child.hasBegun))) {
      this.#asker = null;
    }
    this.ask();
  }

  /** What the asker does in its turn: the answer; what is no answer again and again is a no. Rejects where it is to end instead. */
  async answer(child: ChildJob, signal: AbortSignal, suspension: Suspension): Promise<boolean> {
    for (let round = 0; ; round += 1) {
      await suspension.go();
      const text = await this.#parts.job.questions.ask(child, this.#question(round > 0), signal);
      const answer = yesOrNo(text);
      if (answer !== null) return answer;
      // What answers may be a program, which does not tire of being asked.
      if (round === MOST_ROUNDS) return false;
    }
  }

  #question(isAgain: boolean): AskedQuestion {
    const { job, batch, batches, children } = this.#parts;
    const noun = nounOf(job.definition.targets);
    const what = `${children.size} ${noun}${children.size === 1 ? '' : 's'}`;
    const text = `go on with batch ${batch} of ${batches} (${what})? y/n`;
    return {
      key: `batch ${batch}`,
      text: isAgain ? `answer y or n: ${text}` : text,
      secret: false,
      isOfJob: true,
    };
  }
}

/** null: neither. */
function yesOrNo(answer: string): boolean | null {
  const word = answer.trim().toLowerCase();
  if (word === 'y' || word === 'yes') return true;
  return word === 'n' || word === 'no' ? false : null;
}

/** From 0 on. */
const MOST_ROUNDS = 4;
