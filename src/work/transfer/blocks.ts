import { readFully } from './local-file.ts';

/** A piece of a file of this machine, lent to those who send it just now. */
export interface Block {
  readonly bytes: Buffer;
  /** Called once by each who has it: nobody reads it any more. */
  giveBack(): void;
}

interface Entry {
  readonly bytes: Promise<Buffer>;
  users: number;
}

/**
 * Reads pieces of files once for all hosts that are about as far: the last ones read are kept for those right behind.
 * Holds so many bytes at most, besides what is lent out.
 */
export class Blocks {
  readonly #kept = new Map<string, Entry>();
  #held = 0;
  #readers = 0;

  /** Who reads says so; and, by what is returned, that they read no more: the last one leaves nothing kept. */
  join(): () => void {
    this.#readers += 1;
    return () => {
      this.#readers -= 1;
      if (this.#readers > 0) return;
      this.#kept.clear();
      this.#held = 0;
    };
  }

  /** Resolves with fewer bytes than `length` where the file is shorter. */
  async take(path: string, descriptor: number, at: number, length: number): Promise<Block> {
    const key = `${at} ${length} ${path}`;
    const known = this.#kept.get(key);
    const entry = known ?? { bytes: read(descriptor, at, length), users: 0 };
    entry.users += 1;
    if (known === undefined) {
      this.#kept.set(key, entry);
      this.#held += length;
    }
    try {
      const bytes = await entry.bytes;
      return { bytes, giveBack: () => this.#giveBack(entry) };
    } catch (error) {
      // Whoever comes next has a file of their own to try.
      if (this.#kept.get(key) === entry) this.#forget(key, length);
      throw error;
    }
  }

  #giveBack(entry: Entry): void {
    entry.users -= 1;
    if (this.#held <= MOST_HELD) return;
    for (const [key, { users }] of this.#kept) {
      if (users > 0) continue;
      this.#forget(key, Number(key.split(' ', 2)[1]));
      if (this.#held <= MOST_HELD) return;
    }
  }

  #forget(key: string, length: number): void {
    this.#kept.delete(key);
    this.#held -= length;
  }
}

async function read(descriptor: number, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, await readFully(descriptor, bytes, at));
}

/** A few megabytes let hosts that are nearly as fast share what is read; slower ones read it again. */
const MOST_HELD = 16 * 1024 * 1024;
