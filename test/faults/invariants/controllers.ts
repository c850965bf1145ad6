import type { StateEvent } from '../../../src/model/event.ts';
import { isFinished, type JobState } from '../../../src/model/state.ts';
import { checkStates } from './states.ts';
import { violation, type Violation } from './violation.ts';

/** A controller in this process, as far as it is watched: every kind of it. */
export interface Watchable {
  changes(signal: AbortSignal): AsyncIterable<StateEvent>;
  wait?(
    id: number,
    options: { readonly until: 'finished'; readonly signal: AbortSignal },
  ): Promise<{ readonly state: JobState }>;
}

/** Invariants 1, 2, 3, 6 and 8 over all jobs of a controller that begin from now on. */
export class Watch {
  readonly #changes = new Map<number, StateEvent[]>();
  readonly #waits = new Map<number, { readonly state: JobState }>();
  readonly #found: Violation[] = [];
  readonly #over = new AbortController();
  readonly #watching: Promise<void>;
  readonly #controller: Watchable;
  readonly #fanout: number;

  constructor(controller: Watchable, fanout: number) {
    this.#controller = controller;
    this.#fanout = fanout;
    this.#watching = this.#watch();
  }

  /** Ends it, and says what was broken. */
  async end(): Promise<readonly Violation[]> {
    // What has happened has been told by then.
    await new Promise((resolve) => setImmediate(resolve));
    this.#over.abort();
    await this.#watching;
    for (const [id, changes] of this.#changes) {
      const children = [
        ...new Set(changes.flatMap((one) => (one.parentId === id ? [one.jobId] : []))),
      ];
      const last = changes.findLast(({ jobId }) => jobId === id)?.to ?? 'NotStarted';
      this.#found.push(
        ...checkStates({ changes, children, fanout: this.#fanout, isWhole: isFinished(last) }),
      );
      this.#checkWait(id, isFinished(last));
    }
    return this.#found;
  }

  async #watch(): Promise<void> {
    for await (const event of this.#controller.changes(this.#over.signal)) {
      const id = event.parentId ?? event.jobId;
      const known = this.#changes.get(id);
      if (known === undefined) {
        this.#changes.set(id, [event]);
        this.#wait(id);
      } else known.push(event);
    }
  }

  #wait(id: number): void {
    const { signal } = this.#over;
    this.#controller.wait?.(id, { until: 'finished', signal }).then(
      (job) => this.#waits.set(id, job),
      // The watch is over, or its job was removed.
      () => undefined,
    );
  }

  #checkWait(id: number, isOver: boolean): void {
    if (this.#controller.wait === undefined) return;
    const job = this.#waits.get(id) ?? null;
    const text = `${id}: ${isOver ? 'final' : 'unfinished'}, and wait gave ${job?.state ?? 'nothing'}`;
    if (isOver !== (job !== null && isFinished(job.state)))
      this.#found.push(violation('wait returns when the parent is final', text));
  }
}
