import { ConfigError } from '../model/errors.ts';
import type { JobEvent } from '../model/event.ts';
import type { ChildView, JobView, Question } from '../model/job.ts';
import type { JobController } from '../model/ports/controller.ts';
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
export function questionText({ text, hosts, isOfJob }: Asked): string {
  if (isOfJob === true) return text;
  const [first] = hosts;
  if (hosts.length === 1 && first !== undefined && text.startsWith(`${first} `)) return text;
  return `${text} (${foldNodeSet(hosts)})`;
}

interface Open {
  readonly questionId: string;
  readonly over: AbortController;
}

/** Who is asked, and by whom: as much of a session as is needed here. */
export interface Asking extends Pick<Session, 'questions'> {
  readonly controller: Pick<JobController, 'job' | 'answer'>;
  readonly interruption: Pick<Session['interruption'], 'first'>;
}

/** Puts what the children of a job in the foreground ask while it runs to whoever sits at the terminal. */
export class Answering {
  /** Rejects where a question could not be put: nobody will ever answer it. Never resolves. */
  readonly failed: Promise<never>;
  readonly #session: Asking;
  readonly #id: number;
  readonly #presenter: Pick<JobPresenter, 'hold'>;
  #fail: (error: unknown) => void = () => undefined;
  /** The one that is put now. */
  #open: Open | null = null;
  #putting: Promise<void> | null = null;
  /** What is asked may have changed since it was looked at. */
  #isStale = false;
  #isBusy = false;
  #isOver = false;

  constructor(session: Asking, id: number, presenter: Pick<JobPresenter, 'hold'>) {
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
    this.#isStale = true;
    const looking = this.#open === null ? this.#putAll() : this.#takeBack(this.#open);
    looking.catch((error: unknown) => {
      // A job that is interrupted is being stopped: that is all there is left to do about its questions.
      if (!this.#isOver && this.#session.interruption.first === null) this.#fail(error);
    });
  }

  /** The job is over, and what is asked still is no longer. Resolves when the terminal is free. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#open?.over.abort(new Error('the job is over'));
    // What went wrong with it is told by `failed`.
    await this.#putting?.catch(() => undefined);
  }

  /** One question after another, until there is none. */
  async #putAll(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#isStale && !this.#isOver) {
      this.#isStale = false;
      const [question] = questionsOf((await this.#job()).children);
      if (question === undefined || this.#isOver) continue;
      this.#putting = this.#put(question);
      await this.#putting;
      this.#isStale = true;
    }
    this.#isBusy = false;
  }

  /** Where nobody asks it any more. */
  async #takeBack({ questionId, over }: Open): Promise<void> {
    const asked = questionsOf((await this.#job()).children);
    if (!asked.some(({ id }) => id === questionId))
      over.abort(new Error('nobody asks this any more'));
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
