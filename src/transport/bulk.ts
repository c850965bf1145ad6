import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { layoutOf, newPacket } from './packets.ts';

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
 * Makes packets in ssh2's place: it draws the padding of each one by itself, and asks for a megabyte of memory in thirty
 * pieces. Does so for every connection of this process, from the first one on.
 */
export function allotPackets({ _packetRW: { write } }: PacketProtocol): void {
  const writers: unknown = Object.getPrototypeOf(write);
  if (!isWriter(writers) || DONE.has(writers)) return;
  DONE.add(writers);
  const { alloc } = writers;
  writers.alloc = function allotPacket(this: PacketWriter, payload, force) {
    const { _kexinit: exchange, _cipher: cipher } = this._protocol;
    const isPacket = exchange === undefined || force === true;
    const layout = isPacket ? layoutOf(cipher) : null;
    if (layout === null) return alloc.call(this, payload, force);
    if (payload < LARGE) return newPacket(payload, layout, pooled);
    const slab = slabOf(this._protocol);
    return newPacket(payload, layout, (size) => allot(slab, size));
  };
}

function isWriter(value: unknown): value is { alloc: PacketWriter['alloc'] } {
  return typeof value === 'object' && value !== null && 'alloc' in value;
}

/** What reads what the server sends. */
export interface Parser {
  parse: (bytes: Buffer, from: number, to: number) => void;
}

/** All answers to what was read at once leave at once. */
export function answerTogether(parser: Parser, carrier: Corkable): void {
  const { parse } = parser;
  parser.parse = (bytes, from, to) => {
    carrier.cork();
    try {
      parse.call(parser, bytes, from, to);
    } finally {
      carrier.uncork();
    }
  };
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

function pooled(size: number): Buffer {
  return Buffer.allocUnsafe(size);
}

function allot(slab: Slab, size: number): Buffer {
  if (slab.used + size > slab.bytes.length) {
    slab.bytes = Buffer.allocUnsafeSlow(SLAB);
    slab.used = 0;
  }
  slab.used += size;
  return slab.bytes.subarray(slab.used - size, slab.used);
}

const DONE = new WeakSet();
const LARGE = 8 * 1024;
/** Packets of 32 kB, the largest that OpenSSH takes, with what is around them: a megabyte. */
const SLAB = 32 * (32 * 1024 + 64);
const SLABS = new WeakMap<object, Slab>();
