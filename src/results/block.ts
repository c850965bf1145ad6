import { STREAM_NAMES, type OutputRecord, type StreamName } from '../model/record.ts';
import type { Extent } from './extents.ts';

/** Bytes that blocks of several children have in common, stream by stream. */
export interface SharedBody {
  readonly key: string;
  readonly bytes: Buffer;
  /** How many blocks. */
  users: number;
}

/** Consecutive records of one child: what is put on the disk together, and shared with other children together. */
export class Block {
  /** The seq of its first record. */
  readonly first: number;
  /** null: they are on the disk alone. FREED stands where one was freed. */
  records: OutputRecord[] | null = [];
  /** Records in it, freed ones included. */
  count = 0;
  unread = 0;
  /** Bytes of all its records, freed ones included. */
  size = 0;
  /** Bytes of those that are not. */
  bytes = 0;
  /** Nothing is added any more. */
  isSealed = false;
  /** true where a reader has the record; anything else where not. */
  readonly claimed: boolean[] = [];
  /** Where on the disk it is. */
  place: Extent | null = null;
  /** On the disk: 1 where a record was freed; null: none was. */
  holes: Uint8Array | null = null;
  /** What its records' bytes are a part of. */
  shared: SharedBody | null = null;
  /** What it costs in memory, as the budget has it: its own share. */
  weight = 0;
  /** The budget's list. */
  older: Block | null = null;
  newer: Block | null = null;
  isListed = false;

  constructor(first: number) {
    this.first = first;
  }

  /** The first seq behind it. */
  get end(): number {
    return this.first + this.count;
  }

  isFreed(at: number): boolean {
    if (at >= this.count) return true;
    return this.records === null ? this.holes?.[at] === 1 : this.records[at] === FREED;
  }

  push(record: OutputRecord): void {
    this.records?.push(record);
    this.count += 1;
    this.unread += 1;
    this.size += record.data.byteLength;
    this.bytes += record.data.byteLength;
  }

  free(at: number, size: number): void {
    if (this.records !== null) this.records[at] = FREED;
    if (this.place !== null) (this.holes ??= new Uint8Array(this.count))[at] = 1;
    this.unread -= 1;
    this.bytes -= size;
  }

  /** Its records are at this place on the disk, and are not in memory any more. */
  spilled(place: Extent): void {
    if (this.unread < this.count)
      this.holes = Uint8Array.from(this.records ?? [], (record) => (record === FREED ? 1 : 0));
    this.place = place;
    this.isSealed = true;
    this.records = null;
  }
}

/** The length of what `encode` writes. */
export function encodedLength({ records, count }: Block): number {
  return (records ?? []).reduce((sum, { data }) => sum + data.byteLength, count * HEAD_BYTES);
}

/** Writes the block's records: a head for each, then their bytes. */
export function encode({ records }: Block, into: Buffer, offset: number): void {
  let head = offset;
  let at = offset + (records?.length ?? 0) * HEAD_BYTES;
  for (const record of records ?? []) {
    const { time, stream, data } = record;
    into.writeDoubleLE(time, head);
    into.writeUInt32LE(data.byteLength, head + 8);
    into.writeUInt8(STREAM_NAMES.indexOf(stream), head + 12);
    into.writeUInt8(flagsOf(record), head + 13);
    into.writeUInt16LE(0, head + 14);
    head += HEAD_BYTES;
    into.set(data, at);
    at += data.byteLength;
  }
}

/** The same records, as far as they are not freed. */
export function decode(block: Block, bytes: Buffer): OutputRecord[] {
  const records: OutputRecord[] = [];
  let at = block.count * HEAD_BYTES;
  for (let index = 0; index < block.count; index += 1) {
    const head = index * HEAD_BYTES;
    const data = bytes.subarray(at, (at += bytes.readUInt32LE(head + 8)));
    const flags = bytes.readUInt8(head + 13);
    if (flags === WAS_FREED || block.holes?.[index] === 1) {
      records.push(FREED);
      continue;
    }
    const stream: StreamName = STREAM_NAMES[bytes.readUInt8(head + 12)] ?? 'output';
    const record = { seq: block.first + index, time: bytes.readDoubleLE(head), stream, data };
    records.push(flags === STRUCTURED ? { ...record, structured: true } : record);
  }
  return records;
}

function flagsOf(record: OutputRecord): number {
  if (record === FREED) return WAS_FREED;
  return record.structured === true ? STRUCTURED : 0;
}

/** In the place of a record, so that its bytes are free at once. */
export const FREED: OutputRecord = {
  seq: 0,
  time: 0,
  stream: 'output',
  data: new Uint8Array(0),
};
/** Time, length, stream, flags. */
const HEAD_BYTES = 16;
const STRUCTURED = 1;
const WAS_FREED = 2;
