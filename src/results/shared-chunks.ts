import { crc32 } from 'node:zlib';

/** Bytes that several outputs have in common at one place. */
interface Chunk {
  readonly key: string;
  readonly bytes: Buffer;
  users: number;
}

/** Chunks of outputs, of which those that are equal and at the same place are held once. */
export class SharedChunks {
  readonly #chunks = new Map<string, Chunk>();

  /** The same bytes as one that is held already, or else `bytes` as one that is held from now on. */
  join(index: number, bytes: Buffer): Chunk {
    const key = `${index} ${bytes.byteLength} ${crc32(bytes)}`;
    const known = this.#chunks.get(key);
    if (known?.bytes.equals(bytes) === true) {
      known.users += 1;
      return known;
    }
    const chunk = { key, bytes, users: 1 };
    // Of two with one checksum, which come about by somebody's hand, the first is the one to share.
    if (known === undefined) this.#chunks.set(key, chunk);
    return chunk;
  }

  leave(chunk: Chunk): void {
    chunk.users -= 1;
    if (chunk.users === 0 && this.#chunks.get(chunk.key) === chunk) this.#chunks.delete(chunk.key);
  }
}

/**
 * One output as it grows. It is cut at the same places whatever the cuts on the way were, so that hosts that say the same
 * hold it once while they say it, but for the chunk that each is in.
 */
export class GrowingOutput {
  readonly #shared: SharedChunks;
  readonly #chunks: Chunk[] = [];
  #open: Buffer = NOTHING;
  #used = 0;
  #size = 0;

  constructor(shared: SharedChunks) {
    this.#shared = shared;
  }

  get size(): number {
    return this.#size;
  }

  append(data: Uint8Array): void {
    this.#size += data.byteLength;
    for (let at = 0; at < data.byteLength;) {
      const length = Math.min(data.byteLength - at, CHUNK - this.#used);
      this.#makeRoom(length);
      this.#open.set(data.subarray(at, at + length), this.#used);
      this.#used += length;
      at += length;
      if (this.#used === CHUNK) this.#seal();
    }
  }

  /** Nothing more will be added. */
  finish(): void {
    if (this.#used > 0) this.#seal();
  }

  /** What it said, in order. */
  pieces(): readonly Uint8Array[] {
    const sealed = this.#chunks.map(({ bytes }) => bytes);
    return this.#used === 0 ? sealed : [...sealed, this.#open.subarray(0, this.#used)];
  }

  /** It is not needed: another has said the same. */
  forget(): void {
    for (const chunk of this.#chunks.splice(0)) this.#shared.leave(chunk);
    this.#open = NOTHING;
    this.#used = 0;
  }

  #seal(): void {
    const bytes = this.#open.subarray(0, this.#used);
    const isFull = this.#used === this.#open.byteLength;
    this.#chunks.push(this.#shared.join(this.#chunks.length, isFull ? bytes : Buffer.from(bytes)));
    // Of many thousands that wait, each has no more room than what came of its last chunk.
    this.#open = NOTHING;
    this.#used = 0;
  }

  #makeRoom(length: number): void {
    const wanted = this.#used + length;
    if (wanted <= this.#open.byteLength) return;
    const grown = Buffer.allocUnsafeSlow(
      Math.min(CHUNK, Math.max(wanted, this.#open.byteLength * 2)),
    );
    this.#open.copy(grown, 0, 0, this.#used);
    this.#open = grown;
  }
}

const NOTHING = Buffer.alloc(0);
/** Small beside what is worth sharing; each costs two objects. */
const CHUNK = 16 * 1024;
