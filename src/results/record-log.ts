import { compact } from '../base/byte-buffer.ts';
import type { RecordLog } from '../model/ports/results.ts';
import type { OutputRecord, StreamName } from '../model/record.ts';

/**
 * One child's log in memory. Records stand in one array; what was acknowledged is overwritten at once, so that its bytes
 * are free, and the emptied front of the array is dropped in large pieces, so that no record is moved for each other.
 */
export class MemoryRecordLog implements RecordLog {
  readonly #weigh: (bytes: number) => void;
  #slots: OutputRecord[] = [];
  /** Where the first unread record is; before it every slot is FREED. */
  #head = 0;
  /** The seq that belongs to the first slot. */
  #base = 1;
  #closed = false;
  #output = 0;
  #error = 0;

  /** `weigh` is told by how much the bytes held have changed. */
  constructor(weigh: (bytes: number) => void) {
    this.#weigh = weigh;
  }

  get hasUnread(): boolean {
    return this.#head < this.#slots.length;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get bytes(): { readonly output: number; readonly error: number } {
    return { output: this.#output, error: this.#error };
  }

  append(stream: StreamName, data: Uint8Array, time: number): OutputRecord {
    if (this.#closed) throw new Error('a record came after the log of its child was closed');
    const record = { seq: this.#base + this.#slots.length, time, stream, data: compact(data) };
    this.#slots.push(record);
    if (stream === 'output') this.#output += data.byteLength;
    if (stream === 'error') this.#error += data.byteLength;
    this.#weigh(data.byteLength);
    return record;
  }

  close(): void {
    this.#closed = true;
  }

  read(after = 0, limit: number = Number.POSITIVE_INFINITY): readonly OutputRecord[] {
    const start = Math.max(after + 1 - this.#base, this.#head);
    return this.#slots.slice(start, start + limit);
  }

  acknowledge(seq: number): void {
    const end = Math.min(seq + 1 - this.#base, this.#slots.length);
    let bytes = 0;
    for (let index = this.#head; index < end; index += 1) {
      bytes += this.#slots[index]?.data.byteLength ?? 0;
      this.#slots[index] = FREED;
    }
    this.#head = Math.max(this.#head, end);
    this.#weigh(-bytes);
    if (this.#head === this.#slots.length || this.#head >= DROP_AT) this.#dropFront();
  }

  /** Closes it and frees everything: it will not be read again. */
  discard(): void {
    this.close();
    this.acknowledge(Number.POSITIVE_INFINITY);
  }

  /** Each time at least half of the array goes, so a record is moved at most once on average. */
  #dropFront(): void {
    if (this.#head * 2 < this.#slots.length) return;
    this.#slots = this.#slots.slice(this.#head);
    this.#base += this.#head;
    this.#head = 0;
  }
}

const FREED: OutputRecord = { seq: 0, time: 0, stream: 'output', data: new Uint8Array(0) };
const DROP_AT = 1024;
