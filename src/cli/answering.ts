import { ConfigError } from '../model/errors.ts';
import type { JobEvent } from '../model/event.ts';
import type { ChildView, JobView, Question } from '../model/job.ts';
import { foldNodeSet } from '../targets/nodeset/fold.ts';
import type { JobPresenter } from '../presenters/create.ts';
import type { Session } from './session.ts';

/** A question, and the hosts whose children wait for its answer. */
export interface Asked extends Question {
  readonly hosts: readonly string[];
}

/** Children that wait for the same answer ask the same question: it is asked once. */
export function questionsOf(children: readonly ChildView[]): readonly Asked[] {
  const asked = new Map<string, Question & { readonly hosts: string[] }>();
  for (const { question, host } of children) {
    if (question === null) continue;
    const known = asked.get(question.id) ?? { ...question, hosts: [] };
    known.hosts.push(host);
    asked.set(question.id, known);
  }
  return [...asked.values()];
}

/** A question as it is put to a person, who has to see which hosts want the answer. */
export function questionText({ text, hosts }: Asked): string {
  const [first] = hosts;
  if (hosts.length === 1 && first !== undefined && text.startsWith(`${first} `)) return text;
  return `${text} (${foldNodeSet(hosts)})`;
}

/** Puts what the children of a job in the foreground ask while it runs to whoever sits at the terminal. */
export class Answering {
  /** Rejects where a question could not be put: nobody will ever answer it. Never resolves. */
  readonly failed: Promise<never>;
  readonly #session: Session;
  readonly #id: number;
  readonly #presenter: JobPresenter;
  #fail: (error: unknown) => void = () => undefined;
  /** The one that is put now. */
  #open: { readonly questionId: string; readonly over: AbortController } | null = null;
  #isBusy = false;
  #isOver = false;

  constructor(session: Session, id: number, presenter: JobPresenter) {
    this.#session = session;
    this.#id = id;
    this.#presenter = presenter;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Whoever follows the job may have left by then.
    this.failed.catch(() => undefined);
  }

  /** To be told of every event of the job. */
  saw(event: JobEvent): void {
    if (this.#session.questions === null || this.#isOver || event.event !== 'state') return;
    if (event.to !== 'Blocked' && event.from !== 'Blocked') return;
    void this.#look();
  }

  /** The job is over: what is asked still is no longer. */
  close(): void {
    this.#isOver = true;
    this.#open?.over.abort(new Error('the job is over'));
  }

  /** Takes back a question that nobody asks any more, and puts the next one. */
  async #look(): Promise<void> {
    const open = this.#open;
    if (this.#isBusy && open === null) return;
    try {
      if (open !== null) {
        const asked = questionsOf((await this.#job()).children);
        if (!asked.some(({ id }) => id === open.questionId)) {
          open.over.abort(new Error('nobody asks this any more'));
        }
        return;
      }
      this.#isBusy = true;
      for (;;) {
        const [question] = questionsOf((await this.#job()).children);
        if (question === undefined || this.#isOver) break;
        await this.#put(question);
      }
      this.#isBusy = false;
    } catch (error) {
      // A job that is interrupted is being stopped: that is all there is left to do about its questions.
      if (!this.#isOver && this.#session.interruption.first === null) this.#fail(error);
    }
  }

  #job(): Promise<JobView> {
    return this.#session.controller.job(this.#id);
  }

  async #put(question: Asked): Promise<void> {
    const { questions, controller } = this.#session;
    if (questions === null) return;
    const over = new AbortController();
    this.#open = { questionId: question.id, over };
    const goOn = await this.#presenter.hold();
    try {
      const text = await questions(questionText(question), question.secret, over.signal);
      await controller.answer(this.#id, question.id, text);
    } catch (error) {
      const isGone = error instanceof ConfigError && error.code === 'job-state';
      if (!isGone && !over.signal.aborted) throw error;
    } finally {
      this.#open = null;
      goOn();
    }
  }
}
