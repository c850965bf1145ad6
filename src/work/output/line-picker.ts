import { ByteBuffer } from '../../base/byte-buffer.ts';

/** Which lines are picked out of a stream of bytes, and what is done with them. */
export interface LineKind<Head> {
  /** Whether a line that begins with this byte may be one. */
  mayBegin(byte: number): boolean;
  /**
   * What the beginning of a line tells: it is one, it is none (null), or it takes more of it to tell. `text` is Latin-1, at
   * most `headLength` bytes, and may run on into the next lines.
   */
  readHead(text: string): Head | 'more' | null;
  readonly headLength: number;
  /** Bytes. A longer line is none. */
  readonly longest: number;
  /** Where behind `at` a line begins that may be one; -1: nowhere in here, but for the last line. */
  next(data: Buffer, at: number): number;
  /** A whole line, with its line feed where `isTerminated`. False: it is none after all. */
  pick(head: Head, line: Buffer, isTerminated: boolean): boolean;
}

/**
 * Picks lines out of a stream of bytes and passes everything else on, byte for byte and in order. A line that cannot be
 * picked is passed on as it comes; of one that may be, at most `longest` bytes are held back. However the bytes are cut
 * into pieces, the same lines are picked.
 */
export class LinePicker<Head> {
  readonly #kind: LineKind<Head>;
  readonly #pass: (bytes: Buffer) => void;
  /** The beginning of a line that may be picked. */
  readonly #held = new ByteBuffer();
  /** What its beginning has told. */
  #head: Head | 'more' = 'more';
  /** Within a line that is passed on. */
  #isPassing = false;

  constructor(kind: LineKind<Head>, pass: (bytes: Buffer) => void) {
    this.#kind = kind;
    this.#pass = pass;
  }

  /** Bytes that are held back. */
  get held(): number {
    return this.#held.size;
  }

  take(bytes: Uint8Array): void {
    const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.#held.size === 0) this.#lines(data, this.#isPassing ? lineEnd(data, 0) : 0);
    else this.#continue(data);
  }

  /** What is held back is all there will be of its line. */
  end(): void {
    if (this.#held.size === 0) return;
    const line = this.#release();
    const head = this.#head;
    if (head === 'more' || !this.#kind.pick(head, line, false)) this.#pass(line);
  }

  /** Lines from `at`, where one begins; -1: none does. What stands before is passed on. */
  #lines(data: Buffer, at: number): void {
    const kind = this.#kind;
    let passed = 0;
    this.#isPassing = at === -1;
    while (at !== -1 && at < data.length) {
      const head = this.#headAt(data, at);
      if (head === null) {
        at = this.#nextStart(data, at);
        continue;
      }
      const end = lineEnd(data, at);
      const line = data.subarray(at, end === -1 ? data.length : end);
      if (end === -1 && line.length <= kind.longest) {
        this.#give(data, passed, at);
        this.#head = head;
        this.#held.append(line);
        return;
      }
      if (head !== 'more' && end !== -1 && line.length <= kind.longest) {
        this.#give(data, passed, at);
        passed = kind.pick(head, line, true) ? end : at;
      }
      this.#isPassing = end === -1;
      at = end;
    }
    this.#give(data, passed, data.length);
  }

  #headAt(data: Buffer, at: number): Head | 'more' | null {
    if (!this.#kind.mayBegin(data[at] ?? 0)) return null;
    return this.#kind.readHead(data.toString('latin1', at, at + this.#kind.headLength));
  }

  /** Where the next line begins that may be one; -1 where this one goes on beyond what is here. */
  #nextStart(data: Buffer, at: number): number {
    const next = this.#kind.next(data, at);
    if (next !== -1) return next;
    const last = data.lastIndexOf(LINE_FEED) + 1;
    if (last > at) return last;
    this.#isPassing = true;
    return -1;
  }

  /** More of a line that is held back. */
  #continue(data: Buffer): void {
    const kind = this.#kind;
    const end = lineEnd(data, 0);
    const more = end === -1 ? data : data.subarray(0, end);
    if (this.#head === 'more') {
      const begun = Buffer.concat([this.#held.concat(), more.subarray(0, kind.headLength)]);
      const head = this.#headAt(begun, 0);
      if (head === null) {
        this.#pass(this.#release());
        this.#lines(data, end);
        return;
      }
      this.#head = head;
    }
    if (this.#held.size + more.length > kind.longest) {
      this.#pass(this.#release());
      this.#lines(data, end);
      return;
    }
    this.#held.append(more);
    if (end === -1) return;
    const line = this.#release();
    const head = this.#head;
    if (head === 'more' || !kind.pick(head, line, true)) this.#pass(line);
    this.#lines(data.subarray(end), 0);
  }

  #release(): Buffer {
    const bytes = this.#held.concat();
    this.#held.clear();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #give(data: Buffer, from: number, to: number): void {
    if (to > from) this.#pass(data.subarray(from, to));
  }
}

/** Behind the line feed; -1 where there is none. */
function lineEnd(data: Buffer, from: number): number {
  const at = data.indexOf(LINE_FEED, from);
  return at === -1 ? -1 : at + 1;
}

const LINE_FEED = 0x0a;
