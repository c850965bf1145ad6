import { crc32 } from 'node:zlib';
import { STREAM_NAMES, type OutputRecord, type StreamName } from '../model/record.ts';
import type { Block, SharedBody } from './block.ts';

/**
 * Finds blocks that say the same, so that their bytes are held once: on ten thousand hosts most commands say one thing.
 * A block that is whole is laid out stream by stream, because how its records were cut and interleaved on the way is
 * chance; the bytes themselves are compared, so that a collision that somebody made changes nothing.
 */
export class SharedBodies {
  readonly #bodies = new Map<string, SharedBody[]>();
  /** Where a block is laid out to be compared. */
  #table: Buffer = NOTHING;

  /**
   * Makes a whole block's records parts of a body. Returns it, and whether its bytes were held already; null: it is not
   * worth it.
   */
  join(block: Block): { readonly body: SharedBody; readonly isKnown: boolean } | null {
    const { records, size } = block;
    if (records === null || size < SMALLEST || size > LARGEST) return null;
    if (this.#table.byteLength < size) this.#table = Buffer.allocUnsafeSlow(LARGEST);
    const laidOut = this.#table.subarray(0, size);
    const starts = layOut(records, laidOut);
    const key = `${[...starts.values()].join(' ')} ${size} ${crc32(laidOut)}`;
    const alike = this.#bodies.get(key) ?? [];
    let body = alike.find(({ bytes }) => bytes.equals(laidOut));
    const isKnown = body !== undefined;
    if (body === undefined) {
      if (alike.length >= MOST_ALIKE) return null;
      const bytes = Buffer.allocUnsafeSlow(size);
      laidOut.copy(bytes);
      body = { key, bytes, users: 0 };
      alike.push(body);
      this.#bodies.set(key, alike);
    }
    body.users += 1;
    block.records = partsOf(records, body.bytes, starts);
    block.shared = body;
    return { body, isKnown };
  }

  /** Returns whether this was its last user: its bytes are free. */
  leave(body: SharedBody): boolean {
    body.users -= 1;
    if (body.users > 0) return false;
    const alike = (this.#bodies.get(body.key) ?? []).filter((other) => other !== body);
    if (alike.length === 0) this.#bodies.delete(body.key);
    else this.#bodies.set(body.key, alike);
    return true;
  }
}

/** Stream after stream; returns where each begins. */
function layOut(records: readonly OutputRecord[], into: Buffer): Map<StreamName, number> {
  const starts = new Map<StreamName, number>();
  const said = new Set(records.map(({ stream }) => stream));
  let at = 0;
  for (const name of STREAM_NAMES) {
    starts.set(name, at);
    if (!said.has(name)) continue;
    for (const { stream, data } of records) {
      if (stream !== name) continue;
      into.set(data, at);
      at += data.byteLength;
    }
  }
  return starts;
}

function partsOf(
  records: readonly OutputRecord[],
  bytes: Buffer,
  starts: ReadonlyMap<StreamName, number>,
): OutputRecord[] {
  const at = new Map(starts);
  return records.map((record) => {
    const from = at.get(record.stream) ?? 0;
    const to = from + record.data.byteLength;
    at.set(record.stream, to);
    return { ...record, data: bytes.subarray(from, to) };
  });
}

const NOTHING = Buffer.alloc(0);
/** Below this the objects around it cost more than the bytes. */
const SMALLEST = 512;
const LARGEST = 2 * 1024 * 1024;
/** Different bodies with one checksum and the same sizes come about by somebody's hand. */
const MOST_ALIKE = 4;
