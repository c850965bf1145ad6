/** Bytes that were held, and what they are. */
export interface TailPiece {
  readonly label: number;
  /** As it was added. */
  readonly whole: boolean;
  readonly bytes: Buffer;
}

/**
 * Holds the last bytes of what is added, at most `limit`, and counts what it lets go of. They are copied into blocks of one
 * size, so that neither single bytes nor small parts of large buffers cost more than they are: a block or two and one number
 * for each change of label beside the bytes.
 */
export class TailBuffer {
  readonly #limit: number;
  readonly #size: number;
  #blocks: Buffer[] = [];
  /** Used in the first block, and in the last. */
  #start = 0;
  #end = 0;
  #held = 0;
  #dropped = 0;
  /** What follows on what: a length times `LABELS * 2`, and a label twice, plus one where it may not be parted. */
  #runs: number[] = [];
  #firstRun = 0;
  #spare: Buffer | null = null;

  constructor(limit: number) {
    this.#limit = limit;
    this.#size = Math.max(1, Math.min(limit, LARGEST_BLOCK));
  }

  /** Bytes it let go of. */
  get dropped(): number {
    return this.#dropped;
  }

  /** `label`: from 0 to 15. `whole`: kept in one piece, or not at all. */
  add(label: number, data: Uint8Array, whole: boolean): void {
    const excess = Math.max(0, data.byteLength - this.#limit);
    if (excess > 0) this.#shrink(0);
    const skipped = whole && excess > 0 ? data.byteLength : excess;
    this.#dropped += skipped;
    const bytes = data.subarray(skipped);
    if (bytes.byteLength === 0) return;
    this.#shrink(this.#limit - bytes.byteLength);
    this.#copy(bytes);
    this.#note(label * 2 + (whole ? 1 : 0), bytes.byteLength);
  }

  /** Gives what is held, in order, and lets go of it on the way. To be taken to its end. */
  *drain(): Generator<TailPiece, void> {
    while (this.#held > 0) {
      const run = this.#runs[this.#firstRun] ?? 0;
      const isWhole = run % 2 === 1;
      const length = Math.floor(run / STEP);
      const first = this.#blocks[0] ?? NOTHING;
      const bytes =
        isWhole && length > this.#size - this.#start
          ? this.#joined(length)
          : first.subarray(this.#start, Math.min(this.#size, this.#start + length));
      this.#advance(bytes.length, false);
      yield { label: Math.floor((run % STEP) / 2), whole: isWhole, bytes };
    }
  }

  #copy(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength;) {
      if (this.#blocks.length === 0 || this.#end === this.#size) {
        this.#blocks.push(this.#spare ?? Buffer.allocUnsafeSlow(this.#size));
        this.#spare = null;
        this.#end = 0;
      }
      const length = Math.min(bytes.byteLength - at, this.#size - this.#end);
      this.#blocks.at(-1)?.set(bytes.subarray(at, at + length), this.#end);
      this.#end += length;
      at += length;
    }
    this.#held += bytes.byteLength;
  }

  #note(kind: number, length: number): void {
    const last = this.#runs.at(-1);
    const isSame = this.#runs.length > this.#firstRun && last !== undefined && last % STEP === kind;
    if (isSame && kind % 2 === 0) this.#runs[this.#runs.length - 1] = last + length * STEP;
    else this.#runs.push(length * STEP + kind);
  }

  /** Lets go of the oldest, until no more than `most` are held. */
  #shrink(most: number): void {
    while (this.#held > most) {
      const run = this.#runs[this.#firstRun] ?? 0;
      const length = Math.floor(run / STEP);
      const some = run % 2 === 1 ? length : Math.min(length, this.#held - most);
      this.#advance(some, true);
      this.#dropped += some;
    }
  }

  /** `reuse`: nobody has a view of what is passed. */
  #advance(length: number, reuse: boolean): void {
    this.#held -= length;
    this.#start += length;
    while (this.#blocks.length > 0 && this.#start >= this.#size) {
      const block = this.#blocks.shift() ?? null;
      if (reuse) this.#spare = block;
      this.#start -= this.#size;
    }
    const run = (this.#runs[this.#firstRun] ?? 0) - length * STEP;
    this.#runs[this.#firstRun] = run;
    if (run >= STEP) return;
    this.#firstRun += 1;
    if (this.#firstRun < 1024 || this.#firstRun * 2 < this.#runs.length) return;
    this.#runs = this.#runs.slice(this.#firstRun);
    this.#firstRun = 0;
  }

  #joined(length: number): Buffer {
    const blocks = this.#blocks.slice(0, Math.ceil((this.#start + length) / this.#size));
    return Buffer.concat(blocks).subarray(this.#start, this.#start + length);
  }
}

const NOTHING = Buffer.alloc(0);
const LARGEST_BLOCK = 64 * 1024;
const LABELS = 16;
const STEP = LABELS * 2;
