import type { Job } from '../../src/index.ts';

/** What becomes of the children of one job that loses its connections: when they come back, and what they say. */
export class Children {
  readonly #count: number;
  readonly #said = new Map<number, Buffer[]>();
  readonly #saidMore = new Set<number>();
  readonly #ended: Promise<void>;
  #lost = new Set<number>();
  #back: number[] = [];
  #changed: (() => void) | null = null;
  #failure: Error | null = null;

  constructor(job: Job, count: number) {
    this.#count = count;
    this.#ended = this.#listen(job).catch((error: unknown) => {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      this.#changed?.();
    });
  }

  /** Every child has said something since this was asked for last. */
  async haveAllSaidMore(): Promise<void> {
    await this.#until(() => this.#saidMore.size === this.#count);
    this.#saidMore.clear();
  }

  /** When each of them came back, once all have been lost and are Running again: `performance.now()`. */
  async nextReturns(): Promise<readonly number[]> {
    this.#lost = new Set();
    this.#back = [];
    await this.#until(() => this.#back.length === this.#count);
    // What they say from here on came over the new connections.
    this.#saidMore.clear();
    return this.#back;
  }

  /** The output of each, when all have completed. */
  async end(): Promise<readonly Buffer[]> {
    await this.#ended;
    if (this.#failure !== null) throw this.#failure;
    return [...this.#said.values()].map((pieces) => Buffer.concat(pieces));
  }

  async #listen(job: Job): Promise<void> {
    for await (const event of job.events()) {
      if (event.event === 'end') {
        if (event.job.state !== 'Completed') throw new Error(`the job ended as ${event.job.state}`);
      } else if (event.event === 'record') {
        if (event.record.stream !== 'output') continue;
        const pieces = this.#said.get(event.jobId) ?? [];
        this.#said.set(event.jobId, pieces);
        pieces.push(Buffer.from(event.record.data));
        this.#saidMore.add(event.jobId);
      } else if (event.parentId !== null) {
        if (event.to === 'Disconnected') this.#lost.add(event.jobId);
        if (event.to === 'Running' && this.#lost.delete(event.jobId))
          this.#back.push(performance.now());
      }
      this.#changed?.();
    }
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    this.#changed = null;
  }
}
