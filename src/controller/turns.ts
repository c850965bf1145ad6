import type { ChildJob } from './child-job.ts';
import type { Throttle } from './throttle.ts';

export interface TurnsOptions {
  /** The job's own limit. */
  readonly fanout: Throttle;
  /** The limit of its kind of work over all jobs; null: none. */
  readonly kindLimit: Throttle | null;
  /** Runs a child from its turn to its end; never rejects. */
  readonly run: (child: ChildJob) => Promise<void>;
}

/** Gives each child of a job its turn, in order. A child that is no longer waiting when its turn comes lets it pass. */
export class Turns {
  readonly #options: TurnsOptions;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** Puts it at the end of the queue, unless it is there already. */
  add(child: ChildJob): void {
    if (child.isQueued) return;
    child.isQueued = true;
    const { fanout, kindLimit } = this.#options;
    const begin = (): Promise<void> => this.#begin(child);
    void fanout.run(kindLimit === null ? begin : () => kindLimit.run(begin));
  }

  async #begin(child: ChildJob): Promise<void> {
    child.isQueued = false;
    // Stopped or suspended while it was queued.
    if (child.state === 'NotStarted' || child.goesOnFrom !== null) await this.#options.run(child);
  }
}
