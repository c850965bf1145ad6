import { randomFillSync } from 'node:crypto';

/** `uint32 length, byte padding length, payload, padding` (RFC 4253 section 6), and what the cipher puts behind them. */
export interface Layout {
  /** The padding fills up a block of so many bytes. */
  readonly block: number;
  /** How many bytes of the length are not counted among the blocks. */
  readonly apart: number;
  /** Room for the tag or the MAC, in bytes. */
  readonly tail: number;
}

/** What a cipher of ssh2's takes that encrypts packets where they lie. null: one of another kind. */
export function layoutOf(cipher: object): Layout | null {
  const known = LAYOUTS.get(cipher);
  if (known !== undefined) return known;
  const layout = readLayout(cipher);
  LAYOUTS.set(cipher, layout);
  return layout;
}

function readLayout(cipher: object): Layout | null {
  switch (cipher.constructor.name) {
    case 'NullCipher':
      return { block: 8, apart: 0, tail: 0 };
    case 'AESGCMCipherBinding': // RFC 5647 section 7
      return { block: 16, apart: 4, tail: 16 };
    case 'ChaChaPolyCipherBinding': // OpenSSH's PROTOCOL.chacha20poly1305
      return { block: 8, apart: 4, tail: 16 };
    case 'GenericCipherBinding':
      return isGeneric(cipher)
        ? { block: cipher._encBlockLen, apart: cipher._aadLen, tail: cipher._macLen }
        : null;
    default:
      return null;
  }
}

/** One with a MAC of its own. */
interface GenericCipher {
  readonly _encBlockLen: number;
  readonly _aadLen: number;
  readonly _macLen: number;
}

function isGeneric(cipher: object): cipher is GenericCipher {
  return '_encBlockLen' in cipher && '_aadLen' in cipher && '_macLen' in cipher;
}

/** A packet for a payload of so many bytes: everything but the payload is there. */
export function newPacket(
  payload: number,
  { block, apart, tail }: Layout,
  memory: (size: number) => Buffer,
): Buffer {
  const least = block - ((5 + payload - apart) % block);
  const padding = least < LEAST_PADDING ? least + block : least;
  const length = 1 + payload + padding;
  const packet = memory(4 + length + tail);
  packet.writeUInt32BE(length, 0);
  packet[4] = padding;
  fillRandomly(packet, 5 + payload, padding);
  return packet;
}

/** Random bytes are drawn many at a time, which costs little more than a few; each is given out once. */
function fillRandomly(packet: Buffer, at: number, size: number): void {
  if (used + size > random.length) {
    randomFillSync(random);
    used = 0;
  }
  random.copy(packet, at, used, used + size);
  used += size;
}

const LAYOUTS = new WeakMap<object, Layout | null>();
const LEAST_PADDING = 4;
const random = Buffer.alloc(4096);
let used = random.length;
