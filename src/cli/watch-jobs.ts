import { delay } from '../base/clock.ts';
import type { JobController } from '../model/ports/controller.ts';
import { jobListLines, type ListedJob } from '../presenters/job-list.ts';
import { createWatch } from '../presenters/watch.ts';
import type { Context } from './command.ts';

/** Keeps a list of jobs on the screen up to date, until the signal comes or nobody reads any more. */
export async function watchJobs(
  look: () => Promise<readonly ListedJob[]>,
  controller: JobController,
  signal: AbortSignal,
  { stdout, shell, clock, environment }: Context,
): Promise<void> {
  const watch = createWatch(stdout, () => shell.stdout.rows || USUAL_ROWS);
  const colour = stdout.isTerminal && !environment.noColour;
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  const changed = changeBell(controller, ended);
  try {
    while (!ended.aborted && !stdout.gone) {
      const width = stdout.isTerminal ? stdout.columns : null;
      await watch.show(jobListLines(await look(), width, { colour }));
      // A job that starts or stops makes many changes at once; and progress makes none, so that it is looked at too.
      await delay(clock, PAUSE_MS, ended);
      await changed.next(delay(clock, PROGRESS_MS, ended));
    }
  } catch (error) {
    if (!ended.aborted) throw error;
  } finally {
    over.abort();
    await watch.close();
  }
}

interface Bell {
  /** Resolves when something has changed since the last time, or when `other` does. */
  next(other: Promise<void>): Promise<void>;
}

/** Rings when jobs change. */
function changeBell(controller: JobController, signal: AbortSignal): Bell {
  let rung = false;
  let failure: unknown = null;
  let wake = (): void => undefined;
  const ring = (): void => {
    rung = true;
    wake();
  };
  const listen = async (): Promise<void> => {
    for await (const _ of controller.changes(signal)) ring();
  };
  listen().catch((error: unknown) => {
    failure = error;
    ring();
  });
  return {
    next: async (other) => {
      const bell = new Promise<void>((resolve) => {
        wake = resolve;
        if (rung) resolve();
      });
      // Whoever comes second is not waited for, and has nothing to say.
      other.catch(() => undefined);
      await Promise.race([bell, other]);
      rung = false;
      if (failure !== null) throw failure;
    },
  };
}

const PAUSE_MS = 200;
const PROGRESS_MS = 1000;
const USUAL_ROWS = 24;
