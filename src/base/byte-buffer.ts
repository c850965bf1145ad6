/**
 * Bytes put aside in the order in which they came. Large pieces are kept as they are; small ones are copied together, so
 * that a host that sends one byte at a time costs its bytes and not an object each.
 */
export class ByteBuffer {
  #pieces: Uint8Array[] = [];
  #tail: Buffer = NOTHING;
  #used = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  append(data: Uint8Array): void {
    this.#size += data.byteLength;
    if (data.byteLength > LARGEST_COPY) {
      this.#seal();
      this.#pieces.push(compact(data));
      return;
    }
    if (this.#used + data.byteLength > this.#tail.byteLength) {
      this.#seal();
      const wanted = Math.min(Math.max(this.#size, SMALLEST_TAIL), LARGEST_TAIL);
      this.#tail = Buffer.allocUnsafe(Math.max(wanted, data.byteLength));
    }
    this.#tail.set(data, this.#used);
    this.#used += data.byteLength;
  }

  /** What is held, in order. Valid until the next `append` or `clear`. */
  pieces(): readonly Uint8Array[] {
    return this.#used === 0 ? this.#pieces : [...this.#pieces, this.#tail.subarray(0, this.#used)];
  }

  /** What is held, in one piece. */
  concat(): Uint8Array {
    const [first, ...others] = this.pieces();
    return first !== undefined && others.length === 0 ? first : Buffer.concat(this.pieces());
  }

  clear(): void {
    this.#pieces = [];
    this.#tail = NOTHING;
    this.#used = 0;
    this.#size = 0;
  }

  #seal(): void {
    if (this.#used > 0) this.#pieces.push(this.#tail.subarray(0, this.#used));
    this.#tail = NOTHING;
    this.#used = 0;
  }
}

/** The same bytes, copied where they are a small part of a larger buffer, which would be held with them. */
export function compact(data: Uint8Array): Uint8Array {
  const wasted = data.buffer.byteLength - data.byteLength;
  return wasted > data.byteLength && wasted > LARGEST_WASTE ? Buffer.from(data) : data;
}

const NOTHING = Buffer.alloc(0);
/** Above this a copy costs more than the object that it saves. */
const LARGEST_COPY = 2048;
const SMALLEST_TAIL = 256;
const LARGEST_TAIL = 16 * 1024;
/** Buffer's own pool (8 kB), which small buffers share, stays below this. */
const LARGEST_WASTE = 8 * 1024;
