import { asError } from '../../base/system-error.ts';
import { safeLine } from '../../base/safe-text.ts';
import type { FileSession } from '../../model/ports/files.ts';
import type { WorkContext } from '../../model/ports/work.ts';
import { transferFailure } from './failure.ts';
import type { HostDigests } from './host-digests.ts';
import type { PlanEntry } from './local-plan.ts';
import { pooled } from './pool.ts';
import type { SharedPlan } from './shared-plan.ts';
import type { Tally } from './tally.ts';

/** A file that is on the host as a whole, under its temporary name. */
export interface Sent {
  readonly entry: PlanEntry;
  readonly size: number;
  readonly temporary: string;
  readonly path: string;
  /** Sends it once more, from its beginning; null: that was done. */
  readonly again: (() => Promise<Sent>) | null;
}

export interface SettlerParts {
  readonly session: FileSession;
  readonly digests: HostDigests;
  readonly plan: SharedPlan;
  readonly tally: Tally;
  readonly context: WorkContext;
}

/** Compares what was sent with what it was made from, many files at a time, and gives each its own name. */
export class Settler {
  readonly #parts: SettlerParts;
  readonly #temporary: Set<string>;
  #waiting: Sent[] = [];
  #bytes = 0;
  #settling: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | null = null;

  /** `temporary` is told which names are no longer in use. */
  constructor(parts: SettlerParts, temporary: Set<string>) {
    this.#parts = parts;
    this.#temporary = temporary;
  }

  /** Waits where those before it are not settled yet; throws what they have failed with. */
  async add(sent: Sent): Promise<void> {
    this.#waiting.push(sent);
    this.#bytes += sent.size;
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

  #take(): readonly Sent[] {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    return batch;
  }

  /** Never rejects: nobody may be waiting yet. */
  async #settle(batch: readonly Sent[]): Promise<void> {
    if (this.#failure !== null || this.#parts.context.signal.aborted) return;
    try {
      const wrong = await this.#compare(batch);
      const right = batch.filter((sent) => !wrong.has(sent));
      await pooled(right, AT_ONCE, (sent) => this.#place(sent));
      for (const { again, entry } of wrong) {
        if (again === null) throw different(entry);
        this.#waiting.push(await again());
      }
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  async #compare(batch: readonly Sent[]): Promise<ReadonlySet<Sent>> {
    const { digests, plan, tally, session, context } = this.#parts;
    const paths = batch.map(({ temporary }) => temporary);
    const [answer, ours] = await Promise.all([
      digests.of(paths),
      Promise.all(batch.map(({ entry }) => plan.digest(entry))),
    ]);
    if (answer !== null) {
      return new Set(batch.filter((_, at) => answer.digests[at] !== ours[at]));
    }
    if (tally.verified === 'sha256') {
      tally.verified = 'size';
      const text = 'the host makes no digests: sizes were compared\n';
      context.write('verbose', Buffer.from(text));
    }
    const wrong = new Set<Sent>();
    await pooled(batch, AT_ONCE, async (sent) => {
      const { size } = await session.lstat(sent.temporary);
      if (size !== sent.size) wrong.add(sent);
    });
    return wrong;
  }

  async #place({ temporary, path }: Sent): Promise<void> {
    const { session, tally } = this.#parts;
    await session.rename(temporary, path);
    this.#temporary.delete(temporary);
    tally.files += 1;
  }

  #rethrow(): void {
    if (this.#failure !== null) throw asError(this.#failure.error);
  }
}

function different({ path }: PlanEntry): Error {
  const what = safeLine(path, 120);
  return transferFailure(
    `${what}: the host's copy is not the same, twice; did the file change?`,
    true,
  );
}

/** A batch is one command on the host. */
const MOST_FILES = 1000;
const MOST_BYTES = 256 * 1024 * 1024;
const AT_ONCE = 64;
