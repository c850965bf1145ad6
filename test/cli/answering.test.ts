import { expect, test } from 'vitest';
import { Answering, type Asking } from '../../src/cli/answering.ts';
import { ConfigError } from '../../src/model/errors.ts';
import type { StateEvent } from '../../src/model/event.ts';
import type { JobState } from '../../src/model/state.ts';
import { eventually } from '../helpers/eventually.ts';
import { child, job } from '../presenters/events.ts';

/** A job whose hosts ask, a terminal at which the test answers, and what was said at both. */
class Desk {
  /** What each host asks now. */
  readonly asking = new Map<string, string>();
  readonly put: string[] = [];
  readonly answers: string[] = [];
  held = 0;
  isTerminalGone = false;
  readonly answering: Answering;
  #typed: ((text: string) => void) | null = null;

  constructor() {
    const session: Asking = {
      controller: {
        job: () => Promise.resolve(this.#view()),
        answer: (_id, questionId, text) => {
          const hosts = [...this.asking].filter(([, id]) => id === questionId);
          if (hosts.length === 0) return Promise.reject(new ConfigError('job-state', 'too late'));
          for (const [host] of hosts) this.asking.delete(host);
          this.answers.push(`${questionId}=${text}`);
          return Promise.resolve();
        },
      },
      questions: (question, _secret, signal) => this.#ask(question, signal),
      interruption: { first: null },
    };
    const presenter = {
      hold: (): Promise<() => void> => {
        this.held += 1;
        return Promise.resolve(() => {
          this.held -= 1;
        });
      },
    };
    this.answering = new Answering(session, 1, presenter);
  }

  /** A host asks, and the job's events say so. */
  asks(host: string, question: string): void {
    this.asking.set(host, question);
    this.answering.saw(event(host, 'Running', 'Blocked'));
  }

  /** It does not any more, though nobody answered here. */
  leaves(host: string): void {
    this.asking.delete(host);
    this.answering.saw(event(host, 'Blocked', 'Stopped'));
  }

  async type(text: string): Promise<void> {
    const typed = await eventually(() => this.#typed);
    this.#typed = null;
    typed(text);
  }

  #view(): ReturnType<typeof job> {
    const children = [...this.asking].map(([host, id]) =>
      child(host, { question: { id, text: `what is ${id}`, secret: false } }),
    );
    return job(children);
  }

  #ask(question: string, signal?: AbortSignal): Promise<string> {
    if (this.isTerminalGone) return Promise.reject(new Error('the terminal was closed'));
    this.put.push(question);
    return new Promise((resolve, reject) => {
      this.#typed = resolve;
      signal?.addEventListener('abort', () => reject(new Error('taken back')));
    });
  }
}

function event(host: string, from: JobState, to: JobState): StateEvent {
  return { event: 'state', jobId: 2, parentId: 1, host, from, to, time: 0, failure: null };
}

test('each question is put once, with the hosts that ask it, and answered; the progress line is away meanwhile', async () => {
  const desk = new Desk();
  desk.asking.set('web1', 'one').set('web3', 'two');
  desk.asks('web2', 'one');
  await eventually(() => desk.put.length === 1);
  expect([desk.put, desk.held]).toEqual([['what is one (web[1-2])'], 1]);
  await desk.type('1');
  await eventually(() => desk.put.length === 2);
  await desk.type('2');
  await eventually(() => desk.answers.length === 2);
  expect(desk.answers).toEqual(['one=1', 'two=2']);
  expect(desk.put).toEqual(['what is one (web[1-2])', 'what is two (web3)']);
  await eventually(() => desk.held === 0);
});

test('one that comes while it is looked whether there are more is not missed', async () => {
  // After each step of what goes on once an answer is typed, up to where that has surely come to rest.
  for (let steps = 0; steps < 16; steps += 1) {
    const desk = new Desk();
    desk.asks('web1', 'one');
    await desk.type('1');
    for (let step = 0; step < steps; step += 1) await Promise.resolve();
    desk.asks('web2', 'two');
    await desk.type('2');
    await eventually(() => desk.answers.length === 2, { what: `the answer after ${steps} steps` });
  }
});

test('one that nobody asks any more is taken back, and the next one is put', async () => {
  const desk = new Desk();
  desk.asks('web1', 'one');
  await eventually(() => desk.put.length === 1);
  desk.leaves('web1');
  desk.asks('web2', 'two');
  await eventually(() => desk.put.length === 2);
  await desk.type('2');
  await eventually(() => desk.answers.length === 1);
  expect(desk.answers).toEqual(['two=2']);
});

test('an answer that comes too late is no failure', async () => {
  const desk = new Desk();
  desk.asks('web1', 'one');
  await eventually(() => desk.put.length === 1);
  desk.asking.delete('web1');
  await desk.type('1');
  await eventually(() => desk.held === 0);
  desk.asks('web2', 'two');
  await desk.type('2');
  await eventually(() => desk.answers.length === 1);
});

test('at the end of the job the terminal is free', async () => {
  const desk = new Desk();
  desk.asks('web1', 'one');
  await eventually(() => desk.put.length === 1);
  await desk.answering.close();
  expect(desk.held).toBe(0);
  desk.asks('web2', 'two');
  await Promise.resolve();
  expect(desk.put).toHaveLength(1);
});

test('where a question cannot be put, nobody will ever answer it, and that is told', async () => {
  const desk = new Desk();
  desk.isTerminalGone = true;
  desk.asks('web1', 'one');
  await expect(desk.answering.failed).rejects.toThrow('the terminal was closed');
  expect(desk.held).toBe(0);
});
