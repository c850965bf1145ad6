import type { LogStart, ReaderOptions, RecordLog, RecordReader } from '../model/ports/results.ts';
import type { OutputRecord, StreamName } from '../model/record.ts';
import type { Budget } from './budget.ts';
import { LogReader, type ReaderHost } from './log-reader.ts';
import { Slots } from './slots.ts';

/** One child's log, in memory and on the disk as the budget has it. Only its readers free records; `discard` frees what is left. */
export class BudgetedRecordLog implements RecordLog {
  readonly #budget: Budget;
  readonly #weigh: (bytes: number) => void;
  readonly #from: LogStart;
  /** null: nothing was written or read yet. Most of many children wait, and are to cost little. */
  #made: Slots | null = null;
  #readers: Set<LogReader> | null = null;
  #closed = false;
  #onRead: ((upTo: number) => void) | null = null;
  #whenRead: (() => void) | null = null;
  #held = 0;
  #output: number;
  #error: number;

  #full: string | null = null;

  /** `weigh` is told by how much the bytes held have changed. */
  constructor(budget: Budget, weigh: (bytes: number) => void, from: LogStart = FROM_NOTHING) {
    this.#budget = budget;
    this.#weigh = weigh;
    this.#from = from;
    this.#output = from.output;
    this.#error = from.error;
  }

  get hasUnread(): boolean {
    return this.unread > 0;
  }

  get unread(): number {
    return this.#made?.unread ?? 0;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get bytes(): { readonly output: number; readonly error: number } {
    return this.#output + this.#error === 0
      ? NO_BYTES
      : { output: this.#output, error: this.#error };
  }

  get full(): string | null {
    return this.#full;
  }

  append(stream: StreamName, data: Uint8Array, time: number, structured?: true): OutputRecord {
    if (this.#closed) throw new Error('a record came after the log of its child was closed');
    const held = owned(data);
    const isCut = this.#budget.isShared && structured === undefined && isText(stream);
    const from = isCut ? this.#pushParts(stream, held, time) : 0;
    const rest = from === 0 ? held : held.subarray(from);
    const record = recordOf(this.#slots.next, stream, rest, time, structured);
    this.#slots.push(record);
    if (stream === 'output') this.#output += data.byteLength;
    if (stream === 'error') this.#error += data.byteLength;
    this.#changeHeld(data.byteLength);
    this.#full ??= this.#budget.makeRoom()?.message ?? null;
    return from === 0 ? record : { ...record, data: held };
  }

  close(): void {
    this.#closed = true;
    this.#made?.seal();
    this.#tellRead();
  }

  onRead(listener: (upTo: number) => void): void {
    this.#onRead = listener;
  }

  whenRead(listener: () => void): void {
    this.#whenRead = listener;
    this.#tellRead();
  }

  read(after = 0, limit: number = Number.POSITIVE_INFINITY): readonly OutputRecord[] {
    return this.#slots.take(after + 1, limit, { streams: null, claim: false }).records;
  }

  reader(options: ReaderOptions): RecordReader {
    const readers = (this.#readers ??= new Set());
    const reader = new LogReader(this.#hostOf(readers), options);
    if (reader.claims) this.#shareClaims(readers);
    readers.add(reader);
    return reader;
  }

  /** Closes it and frees everything: it will not be read again. */
  discard(): void {
    this.close();
    for (const reader of this.#readers ?? []) reader.forget();
    this.#readers = null;
    this.#made?.clear();
    this.#tellRead();
    this.#changeHeld(-this.#held);
  }

  get #slots(): Slots {
    return (this.#made ??= new Slots(this.#budget, this.#from.seq));
  }

  /**
   * Blocks end at the same byte whatever the cuts on the way, so that those of two hosts can be the same. Returns how much
   * of the bytes fills blocks up.
   */
  #pushParts(stream: StreamName, data: Uint8Array, time: number): number {
    let from = 0;
    for (let room = this.#slots.room; data.byteLength - from > room; room = this.#slots.room) {
      const part = data.subarray(from, from + room);
      this.#slots.push(recordOf(this.#slots.next, stream, part, time, undefined));
      from += room;
    }
    return from;
  }

  /** A sole claiming reader is never asked what it has, so its claims are kept only once there is another. */
  #shareClaims(others: ReadonlySet<LogReader>): void {
    const claiming = [...others].filter((other) => other.claims);
    if (claiming.length === 0) return;
    this.#slots.keepClaims();
    for (const other of claiming) other.tellClaims();
  }

  #hostOf(readers: Set<LogReader>): ReaderHost {
    return {
      slots: this.#slots,
      freed: (bytes) => {
        this.#changeHeld(-bytes);
        this.#onRead?.(this.#slots.firstUnread - 1);
        this.#tellRead();
      },
      givenBack: (seq) => {
        for (const other of readers) other.lookAgain(seq);
      },
      closed: (reader) => readers.delete(reader),
    };
  }

  #tellRead(): void {
    if (!this.#closed || this.hasUnread) return;
    const tell = this.#whenRead;
    this.#whenRead = null;
    tell?.();
  }

  #changeHeld(bytes: number): void {
    this.#held += bytes;
    this.#weigh(bytes);
  }
}

/** Bytes that take no more memory than the budget knows of: a part of what was read from a socket would keep all of that. */
function owned(data: Uint8Array): Uint8Array {
  const wasted = data.buffer.byteLength - data.byteLength;
  return wasted > MOST_WASTE && wasted > data.byteLength / 8 ? Buffer.from(data) : data;
}

function recordOf(
  seq: number,
  stream: StreamName,
  data: Uint8Array,
  time: number,
  structured: true | undefined,
): OutputRecord {
  return structured === undefined
    ? { seq, time, stream, data }
    : { seq, time, stream, data, structured };
}

/** Of other streams a record is one thing that was said. */
function isText(stream: StreamName): boolean {
  return stream === 'output' || stream === 'error';
}

const NO_BYTES = { output: 0, error: 0 };
const FROM_NOTHING: LogStart = { seq: 0, output: 0, error: 0 };
/** Buffer's own pool, which small pieces share. */
const MOST_WASTE = 8 * 1024;
