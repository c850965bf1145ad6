import { randomFillSync } from 'node:crypto';
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
    return isOurs ? largePacket(payload) : alloc.call(this, payload, force);
  };
}

function isWriter(value: unknown): value is { alloc: PacketWriter['alloc'] } {
  return typeof value === 'object' && value !== null && 'alloc' in value;
}

/** All packets of one write to a channel leave in one write to what carries them. */
export function writeTogether(channel: Pick<Writable, '_write'>, carrier: Corkable): void {
  const write = channel._write.bind(channel);
  channel._write = (data: Uint8Array, encoding, done) => {
    carrier.cork();
    try {
      write(data, encoding, done);
    } finally {
      carrier.uncork();
    }
  };
}

/** `uint32 length, byte padding length, payload, padding`, and room for the tag (RFC 5647 section 7). */
function largePacket(payload: number): Buffer {
  const least = BLOCK - ((1 + payload) % BLOCK);
  const padding = least < LEAST_PADDING ? least + BLOCK : least;
  const length = 1 + payload + padding;
  const packet = allot(4 + length + TAG);
  packet.writeUInt32BE(length, 0);
  packet[4] = padding;
  packet.set(randomBytes(padding), 5 + payload);
  return packet;
}

function allot(size: number): Buffer {
  if (slabUsed + size > slab.length) {
    slab = Buffer.allocUnsafeSlow(SLAB);
    slabUsed = 0;
  }
  slabUsed += size;
  return slab.subarray(slabUsed - size, slabUsed);
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
/** Sixteen packets of 32 kB, the largest that OpenSSH takes, with what is around them. */
const SLAB = 16 * (32 * 1024 + 64);
let slab: Buffer = Buffer.alloc(0);
let slabUsed = 0;
const random = Buffer.alloc(4096);
let randomUsed = 4096;
