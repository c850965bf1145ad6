import { TWO_32 } from './wire.ts';

/** A packet that does not hold what its type says it holds. */
export class MalformedPacket extends Error {
  override readonly name = 'MalformedPacket';
}

/** Reads the fields of one packet in order. Never reads past its end: that is a MalformedPacket. */
export class Fields {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#take(1)[0] ?? 0;
  }

  uint32(): number {
    return this.#take(4).readUInt32BE(0);
  }

  /** What no number of ours can hold exactly is as much as one can. */
  uint64(): number {
    const bytes = this.#take(8);
    const value = bytes.readUInt32BE(0) * TWO_32 + bytes.readUInt32BE(4);
    return Math.min(value, Number.MAX_SAFE_INTEGER);
  }

  /** A string's bytes: a view, valid as long as the packet is. */
  bytes(): Buffer {
    return this.#take(this.uint32());
  }

  text(): string {
    return this.bytes().toString('utf8');
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new MalformedPacket('a packet ends in the middle');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
