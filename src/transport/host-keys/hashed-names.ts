import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { SHA1_START, compress, newSchedule } from './sha1.ts';

/** A hashed host name of known_hosts: `|1|salt|hash`, the HMAC-SHA1 of the name with the salt as its key. */
export interface HashedName {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/**
 * Null where the text is no hashed name that OpenSSH could match: it compares the text it would have written itself,
 * so another spelling of the same bytes matches nothing there, and nothing here.
 */
export function parseHashedName(text: string): HashedName | null {
  const found = HASHED.exec(text);
  if (found?.[1] === undefined || found[2] === undefined) return null;
  const salt = Buffer.from(found[1], 'base64');
  const hash = Buffer.from(found[2], 'base64');
  const same = salt.toString('base64') === found[1] && hash.toString('base64') === found[2];
  return same ? { salt, hash } : null;
}

/** A name as known_hosts has it where it is to tell nobody which hosts it holds. `name` is in lower case, as bytes. */
export function hashName(name: Buffer): string {
  const salt = randomBytes(SALT_BYTES);
  const hash = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${hash}`;
}

export function matchesHashedName(name: Buffer, hashed: HashedName): boolean {
  return timingSafeEqual(createHmac('sha1', hashed.salt).update(name).digest(), hashed.hash);
}

/** Finds, of many hashed names, those that one name has. The state of each salt's HMAC is made once and kept. */
export class HashedNames {
  readonly #names: readonly HashedName[];
  /** For each name the inner state after the first block, the outer, and the first word of the hash. Made when first asked. */
  #states: Int32Array | null = null;
  readonly #words = newSchedule();
  readonly #digest = new Int32Array(5);

  constructor(names: readonly HashedName[]) {
    this.#names = names;
  }

  /** Positions of the matching names, in order. `name` is in lower case, as bytes. */
  find(name: Buffer): number[] {
    if (this.#names.length === 0) return [];
    const found = name.length <= ONE_BLOCK ? this.#candidates(name) : this.#names.keys();
    return [...found].filter((index) => {
      const hashed = this.#names[index];
      return hashed !== undefined && matchesHashedName(name, hashed);
    });
  }

  /** Those whose first 32 bits agree. */
  #candidates(name: Buffer): number[] {
    const states = (this.#states ??= this.#prepare());
    const block = finalBlock(name);
    const words = this.#words;
    const digest = this.#digest;
    const found: number[] = [];
    for (let index = 0, at = 0; at < states.length; index += 1, at += STATE_WORDS) {
      words.set(block);
      compress(words, states, at, digest, 0);
      words.set(OUTER_TAIL);
      words.set(digest);
      compress(words, states, at + 5, digest, 0);
      if (digest[0] === states[at + 10]) found.push(index);
    }
    return found;
  }

  #prepare(): Int32Array {
    const states = new Int32Array(this.#names.length * STATE_WORDS);
    for (const [index, { salt, hash }] of this.#names.entries()) {
      const at = index * STATE_WORDS;
      this.#begin(salt, INNER_PAD, states, at);
      this.#begin(salt, OUTER_PAD, states, at + 5);
      states[at + 10] = hash.readInt32BE(0);
    }
    return states;
  }

  /** The state after the block that is the key, padded (RFC 2104 section 2). */
  #begin(salt: Buffer, pad: number, to: Int32Array, at: number): void {
    this.#words.fill(pad, 0, 16);
    for (let word = 0; word < 5; word += 1) this.#words[word] = salt.readInt32BE(word * 4) ^ pad;
    compress(this.#words, SHA1_START, 0, to, at);
  }
}

/** The name as the second and last block of the inner hash: its bytes, a one bit, zeros, the length in bits. */
function finalBlock(name: Buffer): Int32Array {
  const block = Buffer.alloc(64);
  name.copy(block);
  block[name.length] = 0x80;
  block.writeUInt32BE((64 + name.length) * 8, 60);
  return Int32Array.from({ length: 16 }, (_, word) => block.readInt32BE(word * 4));
}

/** As long as the hash (SHA-1). */
const SALT_BYTES = 20;
const STATE_WORDS = 11;
/** RFC 2104 section 2, four bytes at once. */
const INNER_PAD = 0x36363636;
const OUTER_PAD = 0x5c5c5c5c;
/** Salt and hash are 20 bytes each (SHA-1), so 28 characters with one of padding. */
const HASHED = /^\|1\|([A-Za-z0-9+/]{27}=)\|([A-Za-z0-9+/]{27}=)$/u;
/** A name that leaves room for the padding in one block; longer ones take the plain way. */
const ONE_BLOCK = 55;
/** The outer hash's last block behind the 20 bytes of the inner digest. */
const OUTER_TAIL: Int32Array = Int32Array.from({ length: 16 }, (_, word) => {
  if (word === 5) return 0x80000000;
  return word === 15 ? (64 + 20) * 8 : 0;
});
