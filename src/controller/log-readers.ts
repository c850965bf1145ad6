import type { ReaderOptions, RecordReader } from '../model/ports/results.ts';
import type { OutputRecord } from '../model/record.ts';
import type { ChildJob } from './child-job.ts';

interface Place {
  readonly child: ChildJob;
  readonly reader: RecordReader;
  /** Taken from the log, and not given on yet from `next` on. */
  batch: readonly OutputRecord[];
  next: number;
}

/** One reading's places in the logs of a job's children, each opened when it is first needed. */
export class LogReaders {
  readonly #options: ReaderOptions;
  /** The records of this child, taken here and not acknowledged, may be taken by others again. */
  readonly #givenBack: (child: ChildJob) => void;
  readonly #places = new Map<number, Place>();
  #isStopped = false;
  #isClosed = false;

  constructor(options: ReaderOptions, givenBack: (child: ChildJob) => void) {
    this.#options = options;
    this.#givenBack = givenBack;
  }

  /** The next record of a child, if it is not beyond `upTo`. */
  next(child: ChildJob, upTo: number): OutputRecord | null {
    if (this.#isStopped) return null;
    const place = this.#places.get(child.identity.id) ?? this.#open(child);
    if (place === null) return null;
    if (place.next === place.batch.length) {
      place.batch = place.reader.take(BATCH);
      place.next = 0;
    }
    const record = place.batch[place.next];
    if (record === undefined || record.seq > upTo) return null;
    place.next += 1;
    return record;
  }

  /** Idempotent, and without effect once closed. */
  acknowledge(childId: number, seq: number): void {
    const place = this.#places.get(childId);
    if (place === undefined) return;
    const { child, reader } = place;
    reader.acknowledge(seq);
    // Of many thousands of hosts most are read to their end long before the last one is.
    if (!child.log.closed || child.log.hasUnread) return;
    reader.close();
    this.#places.delete(childId);
  }

  /** How many records of the child it holds, read and not acknowledged. */
  held(childId: number): number {
    return this.#places.get(childId)?.reader.held ?? 0;
  }

  /** Gives back what of each child comes after the record that was given on last, where one was, and reads no more. */
  stop(given: ReadonlyMap<number, number>): void {
    if (this.#isStopped || this.#isClosed) return;
    this.#isStopped = true;
    for (const [childId, { child, reader }] of this.#places) {
      const before = reader.held;
      reader.giveBackAfter(given.get(childId) ?? null);
      if (!this.#options.keep && reader.held < before) this.#givenBack(child);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { child, reader } of this.#places.values()) {
      reader.close();
      if (!this.#options.keep && child.log.hasUnread) this.#givenBack(child);
    }
    this.#places.clear();
  }

  #open(child: ChildJob): Place | null {
    if (this.#isClosed || !child.log.hasUnread) return null;
    const place = { child, reader: child.log.reader(this.#options), batch: [], next: 0 };
    this.#places.set(child.identity.id, place);
    return place;
  }
}

/** Records claimed at a time: few enough that a reader which stalls holds little back from others. */
const BATCH = 64;
