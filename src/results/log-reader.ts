import type { ReaderOptions, RecordReader } from '../model/ports/results.ts';
import type { OutputRecord } from '../model/record.ts';
import type { Slots, Wanted } from './slots.ts';

/** What a reader tells the log it reads. */
export interface ReaderHost {
  readonly slots: Slots;
  /** So many bytes were freed. */
  freed(bytes: number): void;
  /** Records from `seq` on may be unclaimed again. */
  givenBack(seq: number): void;
  closed(reader: LogReader): void;
}

/**
 * A place in a log. What it took and is not acknowledged yet is held in the batches in which it was taken. A reader that
 * keeps sees whatever is unread, claimed by others or not.
 */
export class LogReader implements RecordReader {
  /** Whether what it takes is its own until it is acknowledged or given back. */
  readonly claims: boolean;
  readonly #log: ReaderHost;
  readonly #wanted: Wanted;
  #batches: (readonly OutputRecord[])[] = [];
  /** Where the first batch is that is not wholly acknowledged; those before it are NONE. */
  #head = 0;
  /** How many of its records are. */
  #done = 0;
  /** The seq to look at next. */
  #cursor = 1;
  #last = 0;
  /** It has taken records that another one gave back, and so not all in order of their seqs. */
  #disordered = false;
  #closed = false;

  constructor(log: ReaderHost, { keep, streams }: ReaderOptions) {
    this.#log = log;
    this.claims = !keep;
    this.#wanted = { claim: !keep, streams: streams === null ? null : new Set(streams) };
  }

  take(limit: number): readonly OutputRecord[] {
    if (this.#closed) return [];
    const { records, cursor } = this.#log.slots.take(this.#cursor, limit, this.#wanted);
    this.#cursor = cursor;
    const first = records[0];
    if (first === undefined || !this.#wanted.claim) return records;
    if (first.seq < this.#last) this.#disordered = true;
    this.#last = Math.max(this.#last, records.at(-1)?.seq ?? 0);
    this.#batches.push(records);
    return records;
  }

  acknowledge(seq: number): void {
    let count = this.#disordered ? this.#countTo(seq) : Number.POSITIVE_INFINITY;
    let bytes = 0;
    for (let first = this.#first(); first !== undefined && count > 0; first = this.#first()) {
      if (!this.#disordered && first.seq > seq) break;
      bytes += this.#log.slots.free(first);
      this.#done += 1;
      count -= 1;
    }
    if (bytes > 0) this.#log.freed(bytes);
  }

  get held(): number {
    const batches = this.#batches.slice(this.#head);
    return batches.reduce((sum, { length }) => sum + length, 0) - this.#done;
  }

  giveBackAfter(seq: number | null): void {
    const held = this.#heldRecords();
    const kept = seq === null ? 0 : held.findIndex((record) => record.seq === seq) + 1;
    this.#batches = kept === 0 ? [] : [held.slice(0, kept)];
    this.#head = 0;
    this.#done = 0;
    let lowest = Number.POSITIVE_INFINITY;
    for (const record of held.slice(kept)) {
      this.#log.slots.release(record.seq);
      lowest = Math.min(lowest, record.seq);
    }
    if (lowest !== Number.POSITIVE_INFINITY) this.#log.givenBack(lowest);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#log.closed(this);
    this.giveBackAfter(null);
  }

  /** Another reader claims too: from here on it has to be known what this one has. */
  tellClaims(): void {
    for (const { seq } of this.#heldRecords()) this.#log.slots.claim(seq);
  }

  /** Another reader gave back records from here on. A keeping one has seen them. */
  lookAgain(seq: number): void {
    if (this.#wanted.claim) this.#cursor = Math.min(this.#cursor, seq);
  }

  /** Its log was dropped: nothing that it holds will be read. */
  forget(): void {
    this.#closed = true;
    this.#batches = [];
    this.#head = 0;
    this.#done = 0;
  }

  /** What it took and is not acknowledged, as it was taken. */
  #heldRecords(): readonly OutputRecord[] {
    return this.#batches.slice(this.#head).flat().slice(this.#done);
  }

  /** The first record that is not acknowledged. */
  #first(): OutputRecord | undefined {
    const batch = this.#batches[this.#head];
    if (batch === undefined) return undefined;
    if (this.#done < batch.length) return batch[this.#done];
    this.#batches[this.#head] = NONE;
    this.#head += 1;
    this.#done = 0;
    if (this.#head === this.#batches.length || this.#head >= DROP_AT) this.#dropFront();
    return this.#batches[this.#head]?.[0];
  }

  /** Each time at least half of the array goes, so a batch is moved at most once on average. */
  #dropFront(): void {
    if (this.#head * 2 < this.#batches.length) return;
    this.#batches = this.#batches.slice(this.#head);
    this.#head = 0;
  }

  /**
   * How many records were taken up to and with this one. Out of order only the record itself says where that is: one of
   * a lower seq may have been taken, and delivered, later. An acknowledgement that comes twice finds nothing.
   */
  #countTo(seq: number): number {
    let before = -this.#done;
    for (let at = this.#head; at < this.#batches.length; at += 1) {
      const batch = this.#batches[at] ?? NONE;
      const index = batch.findIndex((record) => record.seq === seq);
      if (index !== -1) return before + index + 1;
      before += batch.length;
    }
    return 0;
  }
}

const NONE: readonly OutputRecord[] = [];
const DROP_AT = 1024;
