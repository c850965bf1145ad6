import { randomUUID } from 'node:crypto';
import { abortReason, throwIfAborted } from '../base/abort.ts';
import { safeLine } from '../base/safe-text.ts';
import type { Question } from '../model/job.ts';
import type { AskedQuestion } from '../model/ports/transport.ts';
import type { ChildJob } from './child-job.ts';

interface Open {
  readonly question: Question;
  readonly key: string;
  /** Who asks it, and how each is told. */
  readonly asking: Map<ChildJob, (text: string) => void>;
}

/** What the children of one job ask. Those that need the same answer ask one question together. */
export class Questions {
  readonly #open = new Map<string, Open>();
  /** The last question of each child: it asks one after another. */
  readonly #last = new WeakMap<ChildJob, Promise<unknown>>();

  /** Blocks the child until there is an answer. Rejects with the signal's reason when the child is to end meanwhile. */
  ask(child: ChildJob, asked: AskedQuestion, signal: AbortSignal): Promise<string> {
    const ask = (): Promise<string> => this.#ask(child, asked, signal);
    const answer = (this.#last.get(child) ?? Promise.resolve()).then(ask, ask);
    this.#last.set(child, answer);
    return answer;
  }

  /** False: none of these children asks this. */
  answer(children: readonly ChildJob[], questionId: string, text: string): boolean {
    const open = [...this.#open.values()].find(({ question }) => question.id === questionId);
    if (open === undefined || !children.some((child) => open.asking.has(child))) return false;
    // Whoever asks again, because the answer was wrong, asks a new question.
    this.#open.delete(open.key);
    for (const tell of open.asking.values()) tell(text);
    return true;
  }

  async #ask(child: ChildJob, asked: AskedQuestion, stopped: AbortSignal): Promise<string> {
    const signal = asked.signal === undefined ? stopped : AbortSignal.any([stopped, asked.signal]);
    throwIfAborted(signal);
    const open = this.#openOne(asked);
    try {
      return await new Promise<string>((resolve, reject) => {
        const refuse = (): void => reject(abortReason(signal));
        signal.addEventListener('abort', refuse, { once: true });
        open.asking.set(child, (text) => {
          signal.removeEventListener('abort', refuse);
          child.unblock();
          resolve(text);
        });
        child.block(open.question);
      });
    } finally {
      open.asking.delete(child);
      if (open.asking.size === 0 && this.#open.get(open.key) === open) this.#open.delete(open.key);
      child.unblock();
    }
  }

  #openOne({ key, text, secret, isOfJob }: AskedQuestion): Open {
    const there = this.#open.get(key);
    if (there !== undefined) return there;
    const about = isOfJob === undefined ? {} : { isOfJob };
    const question: Question = { id: randomUUID(), text: safeLine(text), secret, ...about };
    const made: Open = { question, key, asking: new Map() };
    this.#open.set(key, made);
    return made;
  }
}
