import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { localReason } from './failure.ts';
import { closeLocal, openLocal, readFully } from './local-file.ts';
import { RefusedError } from './refusals.ts';

/** The SHA-256 of the first `size` bytes of a local file, in hexadecimal; null where it has fewer. */
export async function digestOf(path: string, size: number): Promise<string | null> {
  try {
    return await digest(path, size);
  } catch (error) {
    throw new RefusedError(path, localReason(error), { cause: error });
  }
}

async function digest(path: string, size: number): Promise<string | null> {
  const descriptor = await openLocal(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, size));
    for (let at = 0; at < size;) {
      const length = await readFully(
        descriptor,
        buffer.subarray(0, Math.min(CHUNK, size - at)),
        at,
      );
      if (length === 0) return null;
      hash.update(buffer.subarray(0, length));
      at += length;
    }
    return hash.digest('hex');
  } finally {
    await closeLocal(descriptor);
  }
}

/** Enough that the calls around it cost nothing. */
const CHUNK = 1024 * 1024;
