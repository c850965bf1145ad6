import { constants, createReadStream } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { JobInput } from '../model/definition.ts';
import { usageError } from './usage-error.ts';

/** Bytes that are opened once for each child. */
export type CommandInput = () => AsyncIterable<Uint8Array>;

/** `--stdin FILE`: looked at before any host is touched, opened anew for each child. */
export async function inputFromFile(path: string): Promise<JobInput> {
  const file = await stat(path).catch((error: unknown) => unreadable(path, error));
  await access(path, constants.R_OK).catch((error: unknown) => unreadable(path, error));
  if (file.isDirectory()) throw usageError(`--stdin: ${path} is a directory`);
  // A pipe, as in --stdin <(command), can be read only once.
  if (!file.isFile()) return { kind: 'stream', open: sharedInput(() => createReadStream(path)) };
  return { kind: 'file', path };
}

/**
 * `--stdin -`: one stream for all children, each of which gets it from its beginning. It is read as fast as the fastest
 * child takes it, and what was read is kept, because children that wait in the queue still need it.
 */
export function sharedInput(open: () => Readable): CommandInput {
  const chunks: Uint8Array[] = [];
  let source: AsyncIterator<unknown> | null = null;
  let reading: Promise<boolean> | null = null;

  /** false: there is no more. */
  const readOne = async (): Promise<boolean> => {
    source ??= open()[Symbol.asyncIterator]();
    const next = await source.next();
    if (next.done !== true && next.value instanceof Uint8Array) chunks.push(next.value);
    return next.done !== true;
  };
  const chunkAt = async (index: number): Promise<Uint8Array | null> => {
    while (index >= chunks.length) {
      reading ??= readOne();
      const current = reading;
      if (!(await current)) break;
      if (reading === current) reading = null;
    }
    return chunks[index] ?? null;
  };
  return () => ({ [Symbol.asyncIterator]: () => readerFrom(chunkAt) });
}

/** No generator: its `return` would wait for a read that may never end, when a child no longer wants input. */
function readerFrom(
  chunkAt: (index: number) => Promise<Uint8Array | null>,
): AsyncIterator<Uint8Array> {
  let index = 0;
  let ended = false;
  return {
    next: async () => {
      const chunk = ended ? null : await chunkAt(index);
      index += 1;
      return chunk === null ? { done: true, value: undefined } : { done: false, value: chunk };
    },
    return: () => {
      ended = true;
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}

function unreadable(path: string, error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  throw usageError(`--stdin: cannot read ${path} (${code})`);
}
