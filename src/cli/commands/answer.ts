import { ConfigError } from '../../model/errors.ts';
import type { ChildView } from '../../model/job.ts';
import type { JobController } from '../../model/ports/controller.ts';
import { EVERY_JOB } from '../../model/query.ts';
import { questionsOf, questionText, type Asked } from '../answering.ts';
import type { Command, Context } from '../command.ts';
import { EXIT } from '../exit-status.ts';
import { findJobs, noJobsAtAll, type ListedJob } from '../found-jobs.ts';
import { inputLines } from '../input-lines.ts';
import { oneJob } from '../job-query.ts';
import { jobTitle } from '../job-title.ts';
import { withRunning } from '../job-verb.ts';
import type { Parsed } from '../parse.ts';
import { terminalQuestions } from '../passphrase.ts';
import type { Interruption } from '../signals.ts';
import { usageError } from '../usage-error.ts';

export const answerCommand: Command = {
  help: {
    about: [
      'Answers what a Blocked job asks, like the passphrase of a key, and lets it go on.',
      'Each question is asked at the terminal; what is secret is not shown. Where standard',
      'input is no terminal, its lines are the answers. An answer is never an argument,',
      'where everybody on this machine could read it.',
    ],
    examples: ['muster answer 1', 'pass show deploy-key | muster answer nightly'],
  },
  optionsEnd: 'dashes',
  run: answer,
};

function answer({ values, words }: Parsed, context: Context): Promise<number> {
  const query = { ...EVERY_JOB, terms: [oneJob(words, 'answer')] };
  const none = (): number => {
    noJobsAtAll(query);
    return EXIT.completed;
  };
  return withRunning(values, context, none, async ({ controller, interruption }) => {
    const jobs = await findJobs(controller, query, { merge: true });
    const source = answersFrom(interruption, context);
    let asked = 0;
    for (const job of jobs) {
      for (const question of questionsOf(await askers(job, controller))) {
        asked += 1;
        const text = await source(question);
        if (interruption.first !== null) return EXIT.completed;
        await controller.answer(job.id, question.id, text);
      }
    }
    if (asked > 0) return EXIT.completed;
    const names = jobs.map(jobTitle).join(', ');
    throw new ConfigError('job-state', `${names || 'no job'} asks nothing`);
  });
}

/** The children of the job; or the one that was named. */
async function askers(
  { id, parentId }: ListedJob,
  controller: JobController,
): Promise<readonly ChildView[]> {
  const { children } = await controller.job(id);
  return parentId === null ? children : children.filter((child) => child.id === id);
}

/** The terminal, where standard input is one; else its lines, one for each question. */
function answersFrom(
  interruption: Interruption,
  context: Context,
): (question: Asked) => Promise<string> {
  const { stdin } = context.shell;
  const isTerminal = 'isTTY' in stdin && stdin.isTTY === true;
  const ask = isTerminal
    ? terminalQuestions(interruption.signal, () => interruption.raise('SIGINT'))
    : null;
  if (ask !== null) {
    return (question) => ask(questionText(question), question.secret);
  }
  const lines = inputLines(stdin);
  return async ({ text }) => {
    const line = await lines.next();
    if (line !== null) return line;
    throw usageError(`standard input has no answer for: ${text}`, 'each answer is a line of it');
  };
}
