import { MalformedPacket } from './fields.ts';

/** A packet as it came: its type, and what follows that. */
export type PacketListener = (type: number, body: Buffer) => void;

/**
 * Takes a channel's bytes apart into packets. Holds no more than one packet, and none that is larger than a server may
 * send: a length beyond that ends it before a byte is put aside. Throws MalformedPacket.
 */
export class PacketStream {
  readonly #listener: PacketListener;
  /** The beginning of the next packet: its length, where not all four bytes of it are there. */
  #head: Buffer = NOTHING;
  /** The packet that is being collected, and how much of it is there. */
  #packet: Buffer | null = null;
  #filled = 0;

  constructor(listener: PacketListener) {
    this.#listener = listener;
  }

  push(chunk: Buffer): void {
    let rest = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    this.#head = NOTHING;
    while (rest.length > 0) {
      if (this.#packet !== null) {
        rest = this.#fill(this.#packet, rest);
        continue;
      }
      if (rest.length < 4) {
        this.#head = Buffer.from(rest);
        return;
      }
      const length = rest.readUInt32BE(0);
      if (length < 1 || length > MOST_BYTES) {
        throw new MalformedPacket(`a packet of ${length} bytes`);
      }
      rest = rest.subarray(4);
      if (rest.length >= length) {
        this.#give(rest.subarray(0, length));
        rest = rest.subarray(length);
      } else {
        // A length that lies takes memory that nothing is ever written to.
        this.#packet = Buffer.allocUnsafe(length);
        this.#filled = 0;
      }
    }
  }

  #fill(packet: Buffer, bytes: Buffer): Buffer {
    const taken = bytes.copy(packet, this.#filled);
    this.#filled += taken;
    if (this.#filled === packet.length) {
      this.#packet = null;
      this.#give(packet);
    }
    return bytes.subarray(taken);
  }

  #give(packet: Buffer): void {
    this.#listener(packet[0] ?? 0, packet.subarray(1));
  }
}

const NOTHING = Buffer.alloc(0);
/** OpenSSH sends and takes 256 kB at most (SFTP_MAX_MSG_LENGTH); some servers a little more. */
const MOST_BYTES = 512 * 1024;
