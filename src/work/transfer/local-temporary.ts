import type { Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { errorCode } from '../../base/system-error.ts';
import { newHash } from './content-reader.ts';
import { closeLocal, openLocal, readFully, statLocal } from './local-file.ts';
import { store } from './local-place.ts';

/** A file of this machine under its temporary name, open, and how much of it is there already. */
export interface LocalTemporary {
  readonly descriptor: number;
  readonly from: number;
  /** Of what is there. */
  readonly hash: Hash;
}

/**
 * Makes it anew, following no link; or goes on with what an earlier attempt has left, where that is a file of our own and
 * no longer than `most`. Whether it is right shows in the end: its digest is that of the whole.
 */
export async function openLocalTemporary(
  path: string,
  most: number,
  mayResume: boolean,
): Promise<LocalTemporary> {
  try {
    if (mayResume) {
      const left = await resume(path, most);
      if (left !== null) return left;
    }
    return { descriptor: await create(path), from: 0, hash: newHash() };
  } catch (error) {
    if (errorCode(error) === null) throw error;
    throw store(path, error);
  }
}

async function create(path: string): Promise<number> {
  try {
    return await openLocal(path, NEW, PRIVATE);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    await unlink(path);
    return openLocal(path, NEW, PRIVATE);
  }
}

/** null: there is nothing to go on with. */
async function resume(path: string, most: number): Promise<LocalTemporary | null> {
  let descriptor: number;
  try {
    descriptor = await openLocal(path, THERE);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'EACCES') return null;
    throw error;
  }
  const there = await statLocal(descriptor);
  const isOurs = there.uid === process.getuid?.() && there.nlink === 1;
  if (!there.isFile() || !isOurs || there.size < WORTH_IT || there.size > most) {
    await closeLocal(descriptor);
    return null;
  }
  const hash = newHash();
  const buffer = Buffer.allocUnsafe(CHUNK);
  let from = 0;
  for (;;) {
    const length = await readFully(descriptor, buffer, from);
    if (length === 0) return { descriptor, from, hash };
    hash.update(buffer.subarray(0, length));
    from += length;
  }
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR, O_WRONLY } = constants;
const NEW = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
/** Not to wait, should somebody have put a named pipe there. */
const THERE = O_RDWR | O_NOFOLLOW | O_NONBLOCK;
const PRIVATE = 0o600;
const CHUNK = 1024 * 1024;
/** Less is fetched sooner than it is read. */
const WORTH_IT = 64 * 1024;
