import { randomBytes } from 'node:crypto';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { delay, type Clock } from '../../base/clock.ts';
import { errorCode } from '../../base/system-error.ts';

/**
 * Runs a task while a file `FILE.lock` of ours stands beside the file, so that of several programs of ours only one writes
 * to it at a time. Others, like ssh, know nothing of it: they only append. Held for milliseconds; one that is left over
 * from a program that was killed is taken away after a while. Rejects with the error of the file system where none can be
 * made.
 */
export async function whileLocked<T>(
  file: string,
  clock: Clock,
  task: () => Promise<T>,
): Promise<T> {
  const lock = `${file}.lock`;
  await take(lock, clock);
  try {
    return await task();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string, clock: Clock): Promise<void> {
  for (;;) {
    try {
      const handle = await open(lock, 'wx', 0o600);
      await handle.close();
      return;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
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
