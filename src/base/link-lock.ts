import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { removeFile } from './remove-file.ts';
import { errorCode } from './system-error.ts';

/**
 * Runs a task while this process, of all of this machine and of others that share the folder, holds the lock at `path`.
 * Blocks until then: only for tasks of well under a millisecond. Node has no flock(2), so the lock is a symbolic link whose
 * target says who holds it: it appears whole, and to one only. One whose holder was killed is removed by whoever holds the
 * guard of that holder's, a lock like this one, and has read it once more; so nobody's but the dead holder's is removed.
 * Throws LockBusyError when it was not to be had in that many tries of 2 ms, by default about five seconds, and what symlink(2) and readlink(2) fail with.
 */
export function whileLinkLocked<T>(path: string, task: () => T, mostTries: number = MOST_TRIES): T {
  const own = `${SELF}:${randomUUID()}`;
  for (let tries = 0; !take(path, own, path); tries += 1) {
    if (tries > mostTries) throw new LockBusyError(path, ownerOf(path));
    Atomics.wait(SLEEPER, 0, 0, PERIOD_MS);
  }
  try {
    return task();
  } finally {
    removeFile(path);
  }
}

export class LockBusyError extends Error {
  override readonly name = 'LockBusyError';

  constructor(path: string, owner: string | null) {
    const who = owner === null ? '' : ` by process ${owner.split(':')[0] ?? ''}`;
    super(`${path} is held${who}`);
  }
}

/** False: somebody has it, or has just been found dead. */
function take(path: string, own: string, base: string): boolean {
  try {
    symlinkSync(own, path);
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  const owner = ownerOf(path);
  if (owner !== null && !isAlive(owner)) clear(path, owner, own, base);
  return false;
}

function clear(path: string, dead: string, own: string, base: string): void {
  const guard = `${base}.over-${
    dead
      .split(':')
      .at(-1)
      ?.replaceAll(/[^0-9a-f-]/gu, '') ?? ''
  }`;
  if (!take(guard, own, base)) return;
  try {
    if (ownerOf(path) === dead) removeFile(path);
  } finally {
    removeFile(guard);
  }
}

function ownerOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** False only where it is certain that the holder is gone. */
function isAlive(owner: string): boolean {
  const [pid = '', start, boot, host] = owner.split(':');
  if (host !== HOST) return true;
  if (boot !== BOOT) return false;
  if (!(Number(pid) > 0)) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    if (errorCode(error) !== 'EPERM') return false;
  }
  const [state, began] = startOf(pid);
  // Nothing tells where there is no /proc, and it may hide others' processes.
  return state !== ZOMBIE && (began === UNKNOWN || began === start);
}

/** Its state, and when it began (proc(5), /proc/PID/stat, fields 3 and 22). */
function startOf(pid: string): readonly [string, string] {
  const stat = readOr(`/proc/${pid}/stat`, '');
  // The program's name, in parentheses, may hold anything, parentheses too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [fields[0] ?? UNKNOWN, fields[19] ?? UNKNOWN];
}

function readOr(file: string, other: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // Not Linux, or the process is gone.
    return other;
  }
}

const UNKNOWN = '';
/** It has ended, and only waits for its parent to notice. */
const ZOMBIE = 'Z';
const HOST = hostname().replaceAll(':', '.');
const BOOT = readOr('/proc/sys/kernel/random/boot_id', UNKNOWN);
const SELF = `${process.pid}:${startOf('self')[1]}:${BOOT}:${HOST}`;
const SLEEPER = new Int32Array(new SharedArrayBuffer(4));
const PERIOD_MS = 2;
const MOST_TRIES = 2500;
