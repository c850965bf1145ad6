import { abortReason } from '../base/abort.ts';
import type { JobController } from '../model/ports/controller.ts';
import type { Context } from './command.ts';
import { EXIT } from './exit-status.ts';
import { findJobs, noJobsAtAll, type ListedJob } from './found-jobs.ts';
import { jobTitle } from './job-title.ts';
import { milliseconds } from './seconds.ts';
import { chosenJobs } from './job-query.ts';
import { tellFailure, withRunning } from './job-verb.ts';
import type { Parsed } from './parse.ts';
import { someAtOnce } from './several.ts';
import { timeLimit } from './time-limit.ts';

/** What a verb does to one job. Throws ConfigError where it cannot be done to that one. */
export type JobAct = (job: ListedJob, controller: JobController, context: Context) => Promise<void>;

/**
 * Does the same to every job that was asked for: those that cannot be done are told of, one line each, and the others are
 * done all the same. Says nothing of success.
 */
export function actOnJobs(
  { values, words }: Parsed,
  context: Context,
  verb: string,
  act: JobAct,
): Promise<number> {
  const query = chosenJobs(values, words, verb, context.clock);
  const none = (): number => {
    noJobsAtAll(query);
    return EXIT.completed;
  };
  return withRunning(values, context, none, async ({ controller, interruption }) => {
    const jobs = await findJobs(controller, query, { merge: true });
    const ms = milliseconds(values.number('timeout'));
    const limit = timeLimit(context.clock, ms, interruption.signal);
    const open = new Set(jobs);
    let status: number = EXIT.completed;
    const one = async (job: ListedJob): Promise<void> => {
      try {
        await act(job, controller, context);
      } catch (error) {
        status = tellFailure(error, jobTitle(job), context);
      }
      open.delete(job);
    };
    try {
      await Promise.race([someAtOnce(jobs, one, limit.signal), aborted(limit.signal)]);
    } catch (error) {
      if (!limit.isOver) throw error;
      const left = [...open].map(jobTitle).join(', ');
      context.tell(`not done within ${values.text('timeout') ?? ''} s: ${left}`);
      return status === EXIT.completed ? EXIT.timeout : status;
    } finally {
      limit.close();
    }
    return status;
  });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(abortReason(signal));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
