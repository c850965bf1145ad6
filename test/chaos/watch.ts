import { setTimeout as pause } from 'node:timers/promises';
import type { JobRun } from './job-run.ts';

/** Looks at every job again and again, also at those that have finished: nothing of them may change. */
export class Watch {
  readonly #jobs: readonly JobRun[];

  constructor(jobs: readonly JobRun[]) {
    this.#jobs = jobs;
  }

  async run(goesOn: () => boolean): Promise<void> {
    for (let round = 0; goesOn(); round += 1) {
      for (const job of this.#jobs) {
        if (!goesOn()) break;
        if (!job.isFinished || round % SELDOM === 0) await job.look();
      }
      await pause(LOOK_MS);
    }
  }
}

const LOOK_MS = 100;
/** Of so many rounds, those that have finished are looked at in one. */
const SELDOM = 10;
