import { close, fstat, open, read, type Stats } from 'node:fs';
import { promisify } from 'node:util';

/**
 * A file of this machine that is open, by its descriptor: Node's FileHandle costs several times as much for each of ten
 * thousand small files.
 */
export interface LocalFile {
  readonly descriptor: number;
}

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

const readSome = promisify(read);
