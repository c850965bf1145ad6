import { encode, encodedLength, type Block } from './block.ts';
import type { Extent } from './extents.ts';
import type { SpillFile } from './spill-file.ts';

/**
 * Puts blocks on the disk, as many of them in one write as lie behind each other there; `spilled` is told of each that is
 * there. Throws SpillError; what was not written then is in memory as before.
 */
export function spillBlocks(
  file: SpillFile,
  blocks: readonly Block[],
  spilled: (block: Block) => void,
): void {
  let pending: { readonly block: Block; readonly place: Extent }[] = [];
  let start = 0;
  let length = 0;
  const flush = (): void => {
    const writing = pending;
    pending = [];
    if (writing.length === 0) return;
    const bytes = roomFor(length);
    const from = start;
    length = 0;
    try {
      for (const { block, place } of writing) encode(block, bytes, place.offset - from);
      file.write(from, bytes);
    } catch (error) {
      for (const { place } of writing) file.release(place);
      throw error;
    }
    for (const { block, place } of writing) {
      block.spilled(place);
      spilled(block);
    }
  };
  try {
    for (const block of blocks) {
      const place = file.reserve(encodedLength(block));
      try {
        if (place.offset !== start + length || length + place.length > MOST_AT_ONCE) flush();
      } catch (error) {
        file.release(place);
        throw error;
      }
      if (pending.length === 0) start = place.offset;
      pending.push({ block, place });
      length += place.length;
    }
  } finally {
    // What there was room for is written, whatever became of the rest.
    flush();
  }
}

/** Used again and again: what is written is wanted no more. Not shared with a write that goes on: each is over at once. */
function roomFor(length: number): Buffer {
  if (length > MOST_AT_ONCE) return Buffer.allocUnsafeSlow(length);
  if (scratch.byteLength < length) scratch = Buffer.allocUnsafeSlow(MOST_AT_ONCE);
  return scratch.subarray(0, length);
}

let scratch: Buffer = Buffer.alloc(0);
const MOST_AT_ONCE = 2 * 1024 * 1024;
