import { compact } from '../base/byte-buffer.ts';
import type { LogStart, ReaderOptions, RecordLog, RecordReader } from '../model/ports/results.ts';
import type { OutputRecord, StreamName } from '../model/record.ts';
import { LogReader, type ReaderHost } from './log-reader.ts';
import { Slots } from './slots.ts';

/** One child's log in memory. Only its readers free records; `discard` frees what is left. */
export class MemoryRecordLog implements RecordLog {
  readonly #weigh: (bytes: number) => void;
  readonly #slots: Slots;
  #readers: Set<LogReader> | null = null;
  #closed = false;
  #onRead: ((upTo: number) => void) | null = null;
  #whenRead: (() => void) | null = null;
  #held = 0;
  #output: number;
  #error: number;

  /** `weigh` is told by how much the bytes held have changed. */
  constructor(weigh: (bytes: number) => void, from: LogStart = FROM_NOTHING) {
    this.#weigh = weigh;
    this.#slots = new Slots(from.seq);
    this.#output = from.output;
    this.#error = from.error;
  }

  get hasUnread(): boolean {
    return this.#slots.unread > 0;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get bytes(): { readonly output: number; readonly error: number } {
    return { output: this.#output, error: this.#error };
  }

  append(stream: StreamName, data: Uint8Array, time: number, structured?: true): OutputRecord {
    if (this.#closed) throw new Error('a record came after the log of its child was closed');
    const seq = this.#slots.next;
    const held = compact(data);
    const record: OutputRecord =
      structured === undefined
        ? { seq, time, stream, data: held }
        : { seq, time, stream, data: held, structured };
    this.#slots.push(record);
    if (stream === 'output') this.#output += data.byteLength;
    if (stream === 'error') this.#error += data.byteLength;
    this.#changeHeld(data.byteLength);
    return record;
  }

  close(): void {
    this.#closed = true;
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
    this.#slots.clear();
    this.#tellRead();
    this.#changeHeld(-this.#held);
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

const FROM_NOTHING: LogStart = { seq: 0, output: 0, error: 0 };
