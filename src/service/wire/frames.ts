/** One line of a stream of frames, and the bytes that belong to it. */
export interface Frame {
  readonly line: unknown;
  readonly bytes: Uint8Array | null;
}

/**
 * Takes a stream of frames apart as it comes, without putting together more than one line or one record at a time.
 * Throws where it is no such stream.
 */
export class FrameSplitter {
  #chunk: Buffer = EMPTY;
  #at = 0;
  /** What came of a line, or of a record's bytes, in earlier chunks. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  /** The line whose bytes are coming. */
  #line: unknown = null;
  #wanted: number | null = null;

  /** The next chunk, once `next` has given null. */
  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** null: more is needed. */
  next(): Frame | null {
    if (this.#wanted === null) {
      const text = this.#takeLine();
      if (text === null) return null;
      const line: unknown = JSON.parse(text);
      const wanted = bytesOf(line);
      if (wanted === null) return { line, bytes: null };
      this.#line = line;
      this.#wanted = wanted;
    }
    const bytes = this.#takeBytes(this.#wanted);
    if (bytes === null) return null;
    this.#wanted = null;
    return { line: this.#line, bytes };
  }

  /** Nothing of a frame is left over: the stream may end here. */
  get isComplete(): boolean {
    return this.#wanted === null && this.#partBytes === 0 && this.#at === this.#chunk.byteLength;
  }

  #takeLine(): string | null {
    const end = this.#chunk.indexOf(NEWLINE, this.#at);
    if (end === -1) {
      this.#keepRest();
      return null;
    }
    const text =
      this.#partBytes === 0
        ? this.#chunk.toString('utf8', this.#at, end)
        : this.#joined(end).toString('utf8');
    this.#at = end + 1;
    return text;
  }

  /** A copy of its own where it is short of its chunk: else a few bytes would hold all of that. */
  #takeBytes(wanted: number): Uint8Array | null {
    const end = this.#at + wanted - this.#partBytes;
    if (end > this.#chunk.byteLength) {
      this.#keepRest();
      return null;
    }
    const bytes =
      this.#partBytes === 0 ? Buffer.from(this.#chunk.subarray(this.#at, end)) : this.#joined(end);
    this.#at = end;
    return bytes;
  }

  #joined(end: number): Buffer {
    const joined = Buffer.concat([...this.#parts, this.#chunk.subarray(this.#at, end)]);
    this.#parts = [];
    this.#partBytes = 0;
    return joined;
  }

  #keepRest(): void {
    const rest = this.#chunk.subarray(this.#at);
    this.#at = this.#chunk.byteLength;
    if (rest.byteLength === 0) return;
    this.#parts.push(rest);
    this.#partBytes += rest.byteLength;
  }
}

function bytesOf(line: unknown): number | null {
  if (typeof line !== 'object' || line === null || !('bytes' in line)) return null;
  const { bytes } = line;
  return typeof bytes === 'number' ? bytes : null;
}

const EMPTY = Buffer.alloc(0);
const NEWLINE = 10;
