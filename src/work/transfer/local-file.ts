import {
  close,
  closeSync,
  constants,
  fstat,
  open,
  openSync,
  read,
  readSync,
  write,
  type Stats,
} from 'node:fs';
import { promisify } from 'node:util';

// Files of this machine by their descriptors: Node's FileHandle costs several times as much for each of ten thousand small
// files.

/** To read with O_NONBLOCK: what was a file may have become a named pipe, which would be waited for. */
export const openLocal: (path: string, flags: number, mode?: number) => Promise<number> =
  promisify(open);
export const closeLocal: (descriptor: number) => Promise<void> = promisify(close);
export const statLocal: (descriptor: number) => Promise<Stats> = promisify(
  (descriptor: number, done: (error: NodeJS.ErrnoException | null, stats: Stats) => void) =>
    fstat(descriptor, done),
);

/** Reads until the buffer is full or the file ends; returns how many bytes there are. */
export async function readFully(
  descriptor: number,
  buffer: Uint8Array,
  position: number,
): Promise<number> {
  let at = 0;
  while (at < buffer.length) {
    const { bytesRead } = await readSome(descriptor, buffer, at, buffer.length - at, position + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return at;
}

/**
 * The beginning of a file, at once: handing three calls to another thread and back costs many times what they take where a
 * file is small. Fewer bytes than `length` where the file is shorter.
 */
export function readSmall(path: string, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return bytes.subarray(0, readSync(descriptor, bytes, 0, length, 0));
  } finally {
    closeSync(descriptor);
  }
}

/** Writes all of it. */
export async function writeFully(
  descriptor: number,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await writeSome(
      descriptor,
      bytes,
      at,
      bytes.length - at,
      position + at,
    );
    at += bytesWritten;
  }
}

const writeSome = promisify(write);
const readSome = promisify(read);
