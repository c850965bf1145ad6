import { asError } from '../../base/system-error.ts';
import type { WorkContext } from '../../model/ports/work.ts';
import type { HostDigests } from './host-digests.ts';
import { pooled } from './pool.ts';
import { RefusedError, type Refusals } from './refusals.ts';
import type { Tally } from './tally.ts';

/** A file that has arrived as a whole, under a temporary name. */
export interface Arrival {
  /** What it was made from, for messages. */
  readonly what: string;
  readonly size: number;
  /** The host's side of it: what is to have our digest. */
  readonly hostPath: string;
  /** Our side's digest; null: it has none any more. */
  ours(): string | null | Promise<string | null>;
  /** Whether the host's side is as long as ours, where nothing better can be had. */
  isAsLong(): Promise<boolean>;
  /** Whether it is no wonder that the digests differ: the host's file has changed since. */
  hasChanged(): Promise<boolean>;
  /** Gives it its own name. */
  place(): Promise<void>;
  /** Takes it once more, from its beginning; null: that was done. */
  readonly again: (() => Promise<Arrival>) | null;
}

export interface SettlerParts {
  readonly digests: HostDigests;
  readonly refusals: Refusals;
  readonly tally: Tally;
  readonly context: WorkContext;
}

/** Compares what has arrived with what it was made from, many files at a time, and gives each its own name. */
export class Settler {
  readonly #parts: SettlerParts;
  #waiting: Arrival[] = [];
  #bytes = 0;
  #settling: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | null = null;

  constructor(parts: SettlerParts) {
    this.#parts = parts;
  }

  /** Waits where those before it are not settled yet; throws what they have failed with. */
  async add(arrival: Arrival): Promise<void> {
    this.#waiting.push(arrival);
    this.#bytes += arrival.size;
    if (this.#waiting.length < MOST_FILES && this.#bytes < MOST_BYTES) return;
    const before = this.#settling;
    const batch = this.#take();
    this.#settling = before.then(() => this.#settle(batch));
    await before;
    this.#rethrow();
  }

  async finish(): Promise<void> {
    await this.#settling;
    this.#rethrow();
    // A file that was sent once more is settled, too.
    while (this.#waiting.length > 0) {
      await this.#settle(this.#take());
      this.#rethrow();
    }
  }

  #take(): readonly Arrival[] {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    return batch;
  }

  /** Never rejects: nobody may be waiting yet. */
  async #settle(batch: readonly Arrival[]): Promise<void> {
    if (this.#failure !== null || this.#parts.context.signal.aborted) return;
    const { refusals, tally, context } = this.#parts;
    try {
      const wrong = await this.#compare(batch);
      if (context.signal.aborted) return;
      const right = batch.filter((arrival) => !wrong.has(arrival));
      await pooled(right, AT_ONCE, (arrival) =>
        refusals.despite(async () => {
          await arrival.place();
          tally.files += 1;
        }),
      );
      for (const { again, what } of wrong) {
        await refusals.despite(async () => {
          if (again === null) throw different(what);
          this.#waiting.push(await again());
        });
      }
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  /** Those that are not what they were made from. */
  async #compare(batch: readonly Arrival[]): Promise<ReadonlySet<Arrival>> {
    const { digests, tally } = this.#parts;
    const [answer, ours] = await Promise.all([
      digests.of(batch.map(({ hostPath }) => hostPath)),
      Promise.all(batch.map(async (arrival) => arrival.ours())),
    ]);
    const wrong = new Set<Arrival>();
    if (answer === null) tally.verified = 'size';
    await pooled([...batch.keys()], AT_ONCE, async (at) => {
      const arrival = batch[at];
      if (arrival === undefined) return;
      if (answer === null) {
        if (!(await arrival.isAsLong())) wrong.add(arrival);
      } else if (answer.digests[at] !== ours[at] || ours[at] === null) {
        if (!(await arrival.hasChanged())) wrong.add(arrival);
      }
    });
    return wrong;
  }

  #rethrow(): void {
    if (this.#failure !== null) throw asError(this.#failure.error);
  }
}

function different(what: string): Error {
  return new RefusedError(what, 'what arrived is not the same, twice; does it change?');
}

/** A batch is one command on the host. */
const MOST_FILES = 1000;
const MOST_BYTES = 256 * 1024 * 1024;
const AT_ONCE = 64;
