import { randomBytes } from 'node:crypto';
import { link, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { delay, type Clock } from '../../base/clock.ts';
import { errorCode } from '../../base/system-error.ts';

/**
 * Runs a task while a file `FILE.lock` of ours stands beside the file, so that of several programs of ours only one writes
 * to it at a time. Others, like ssh, know nothing of it: they only append. Held for milliseconds; one that is left over
 * from a program that was killed is taken away after a while. What is no plain file, or lies in a folder in which we can
 * make none, is written to without a lock. The task is given the file itself, where `file` is a link to it; its folder is
 * made where there is none, and is nobody else's to read.
 */
export async function whileLocked<T>(
  file: string,
  clock: Clock,
  task: (path: string) => Promise<T>,
): Promise<T> {
  await makeFolder(dirname(file));
  const { path, isPlain } = await found(file);
  const lock = `${path}.lock`;
  const isLocked = isPlain && (await take(lock, clock));
  try {
    return await task(path);
  } finally {
    if (isLocked) await rm(lock, { force: true });
  }
}

/** With those above it. Node's own way to do that never ends in /proc, where nobody can make any. */
async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const above = dirname(folder);
  if (above !== folder) await makeFolder(above);
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!(await isFolder(folder))) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // What is wrong is told when it cannot be made.
    return false;
  }
}

/** Where a link leads: the link itself must stay. */
async function found(file: string): Promise<{ readonly path: string; readonly isPlain: boolean }> {
  try {
    const path = await realpath(file);
    return { path, isPlain: (await stat(path)).isFile() };
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return { path: join(await realpath(dirname(file)), basename(file)), isPlain: true };
  }
}

/** False: no lock can be made there. */
async function take(lock: string, clock: Clock): Promise<boolean> {
  for (;;) {
    try {
      const handle = await open(lock, 'wx', 0o600);
      await handle.close();
      return true;
    } catch (error) {
      const code = errorCode(error) ?? '';
      if (FORBIDDEN.has(code)) return false;
      if (code !== 'EEXIST') throw error;
    }
    if (await isLeftOver(lock, clock)) await takeAway(lock, clock);
    else await delay(clock, RETRY_MS);
  }
}

async function isLeftOver(file: string, clock: Clock): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(file);
    // The file system's clock may be another one, and ahead of ours.
    return Math.abs(clock.now() - mtimeMs) > LONGEST_HELD_MS;
  } catch (error) {
    // It was given back meanwhile.
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Two may find the same one left over, and the second must not take away what the first has made in its place. */
async function takeAway(lock: string, clock: Clock): Promise<void> {
  const aside = `${lock}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(lock, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  if (!(await isLeftOver(aside, clock))) {
    await link(aside, lock).catch((error: unknown) => {
      // Another has taken the lock in the instant in which it was away: then two write at once, once in a crash's wake.
      if (errorCode(error) !== 'EEXIST') throw error;
    });
  }
  await rm(aside, { force: true });
}

const RETRY_MS = 10;
/** Reading, writing and syncing a long file takes far less, also on a slow disk. */
const LONGEST_HELD_MS = 10_000;
/** The file may be ours to write where its folder is not. */
const FORBIDDEN: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS']);
