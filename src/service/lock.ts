import { createHash } from 'node:crypto';
import { readFileSync, unlinkSync } from 'node:fs';
import { errorCode } from '../base/system-error.ts';
import type { LockFiles } from './lock-files.ts';
import { parseOwner, type LockOwner } from './lock-owner.ts';

export interface LockParts {
  readonly files: LockFiles;
  readonly isAlive: (owner: LockOwner) => boolean;
  /** Lets others go on, between two looks at a lock that somebody is clearing away. Rejects when it has been enough. */
  readonly pause: () => Promise<void>;
}

/**
 * Takes the lock at `path` for `own`: null, or who has it. Node has no flock(2), so a lock is a file that says who owns
 * it. It appears whole and to one only, by link(2) of a file of the taker's own, and vanishes in one of two ways:
 *
 * - its owner removes it;
 * - its owner is dead, and whoever holds the guard of that owner's (a lock like this one, whose name has the owner's uuid)
 *   has read it once more, and it still was that owner's.
 *
 * So a lock that somebody took meanwhile is never removed for the dead owner's: only the guard's holder removes, and that
 * owner never comes back. Guards of dead holders are cleared in the same way. Nobody ever holds two of these at once.
 */
export async function takeLock(
  path: string,
  own: LockOwner,
  parts: LockParts,
): Promise<LockOwner | null> {
  const ticket = `${path}.${own.pid}-${own.uuid}`;
  await parts.files.create(ticket, JSON.stringify(own));
  try {
    return await take(path, { base: path, ticket, parts });
  } finally {
    await parts.files.remove(ticket);
  }
}

interface Attempt {
  /** The lock that is wanted in the end: guards are named after it. */
  readonly base: string;
  readonly ticket: string;
  readonly parts: LockParts;
}

async function take(path: string, attempt: Attempt): Promise<LockOwner | null> {
  const { files, isAlive } = attempt.parts;
  for (;;) {
    if (await files.link(attempt.ticket, path)) return null;
    const owner = await ownerOf(path, files);
    if (owner === null) continue;
    if (isAlive(owner)) return owner;
    await clear(path, owner, attempt);
  }
}

/** Removes the lock of a dead owner, or gives somebody else the time to. */
async function clear(path: string, dead: LockOwner, attempt: Attempt): Promise<void> {
  const { files, pause } = attempt.parts;
  const guard = `${attempt.base}.over-${dead.uuid}`;
  if ((await take(guard, attempt)) !== null) {
    await pause();
    return;
  }
  try {
    const owner = await ownerOf(path, files);
    if (owner?.uuid === dead.uuid) await files.remove(path);
  } finally {
    await files.remove(guard);
  }
}

async function ownerOf(path: string, files: LockFiles): Promise<LockOwner | null> {
  const text = await files.read(path);
  return text === null ? null : (parseOwner(text) ?? nobody(path, text));
}

/** Gives the lock back. Not a promise: there may be no time left for one. */
export function releaseLock(path: string, own: LockOwner): void {
  try {
    // Others may have cleared the whole folder and begun anew.
    if (parseOwner(readFileSync(path, 'utf8'))?.uuid === own.uuid) unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/**
 * The owner of a lock that cannot be read: a power cut may leave a file without its bytes. Its owner is dead then; it is
 * told from others like it by its path.
 */
function nobody(path: string, text: string): LockOwner {
  const hash = createHash('sha256').update(`${path}\0${text}`).digest('hex');
  return { pid: 0, start: null, boot: null, host: null, uuid: `torn-${hash.slice(0, 16)}` };
}
