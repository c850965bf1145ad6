import { randomFillSync } from 'node:crypto';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** The parts of ssh2's protocol that make packets. */
export interface PacketProtocol {
  readonly _packetRW: { readonly write: PacketWriter };
}

/** Another one after each key exchange. */
export interface PacketWriter {
  readonly _protocol: {
    /** Set while a key exchange is under way. */
    readonly _kexinit?: unknown;
    readonly _cipher: object;
  };
  alloc(payload: number, force?: boolean): Buffer;
}

/** Writes that are put off until `uncork`. */
export interface Corkable {
  cork(): void;
  uncork(): void;
}

/**
 * Large packets for AES-GCM come out of large pieces of memory, and their padding (RFC 4253 section 6) out of random
 * bytes that are drawn many at a time: for a megabyte, ssh2 would ask thirty times for each. Other ciphers, whose packets
 * look otherwise, are left to ssh2. Does so for every connection of this process, from the first one on.
 */
export function allotLargePackets({ _packetRW: { write } }: PacketProtocol): void {
  const writers: unknown = Object.getPrototypeOf(write);
  if (!isWriter(writers) || DONE.has(writers)) return;
  DONE.add(writers);
  const { alloc } = writers;
  writers.alloc = function allot(this: PacketWriter, payload, force) {
    const { _kexinit: exchange, _cipher: cipher } = this._protocol;
    const isOurs =
      payload >= LARGE &&
      (exchange === undefined || force === true) &&
      cipher.constructor.name === 'AESGCMCipherBinding';
    return isOurs ? largePacket(payload, slabOf(this._protocol)) : alloc.call(this, payload, force);
  };
}

function isWriter(value: unknown): value is { alloc: PacketWriter['alloc'] } {
  return typeof value === 'object' && value !== null && 'alloc' in value;
}

/**
 * All packets of one write to a channel leave in one write to what carries them. A socket that holds none of them any more
 * has given them to the system, and their memory is used again.
 */
export function writeTogether(
  channel: Pick<Writable, '_write'>,
  protocol: object,
  carrier: Corkable,
): void {
  const write = channel._write.bind(channel);
  const slab = slabOf(protocol);
  channel._write = (data: Uint8Array, encoding, done) => {
    if (carrier instanceof Socket && carrier.writableLength === 0) slab.used = 0;
    carrier.cork();
    try {
      write(data, encoding, done);
    } finally {
      carrier.uncork();
    }
  };
}

/** `uint32 length, byte padding length, payload, padding`, and room for the tag (RFC 5647 section 7). */
function largePacket(payload: number, slab: Slab): Buffer {
  const least = BLOCK - ((1 + payload) % BLOCK);
  const padding = least < LEAST_PADDING ? least + BLOCK : least;
  const length = 1 + payload + padding;
  const packet = allot(slab, 4 + length + TAG);
  packet.writeUInt32BE(length, 0);
  packet[4] = padding;
  packet.set(randomBytes(padding), 5 + payload);
  return packet;
}

/** Memory for the packets of one connection. */
interface Slab {
  bytes: Buffer;
  used: number;
}

function slabOf(protocol: object): Slab {
  const known = SLABS.get(protocol);
  if (known !== undefined) return known;
  const slab = { bytes: Buffer.alloc(0), used: 0 };
  SLABS.set(protocol, slab);
  return slab;
}

function allot(slab: Slab, size: number): Buffer {
  if (slab.used + size > slab.bytes.length) {
    slab.bytes = Buffer.allocUnsafeSlow(SLAB);
    slab.used = 0;
  }
  slab.used += size;
  return slab.bytes.subarray(slab.used - size, slab.used);
}

function randomBytes(size: number): Buffer {
  if (randomUsed + size > random.length) {
    randomFillSync(random);
    randomUsed = 0;
  }
  randomUsed += size;
  return random.subarray(randomUsed - size, randomUsed);
}

const DONE = new WeakSet();
const LARGE = 8 * 1024;
const BLOCK = 16;
const LEAST_PADDING = 4;
const TAG = 16;
/** Packets of 32 kB, the largest that OpenSSH takes, with what is around them: a megabyte. */
const SLAB = 32 * (32 * 1024 + 64);
const SLABS = new WeakMap<object, Slab>();
const random = Buffer.alloc(4096);
let randomUsed = 4096;
