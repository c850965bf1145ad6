import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { removeFile } from '../base/remove-file.ts';
import { errorCode } from '../base/system-error.ts';
import { isAlive, isProcess, parseOwner } from './lock-owner.ts';
import type { ServicePaths } from './service.ts';

/**
 * Removes what processes that were killed in the middle of starting left in the folder. Only for the holder of the lock:
 * a guard is about an earlier owner, and while we are the owner nobody needs it.
 */
export function removeLeftovers(paths: ServicePaths): void {
  const { folder } = paths;
  const lock = basename(paths.lock);
  const socket = basename(paths.socket);
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name.startsWith(`${lock}.over-`)) {
      if (!isHeld(path)) removeFile(path);
    } else if (name.startsWith(`${lock}.`)) {
      const pid = /^(\d+)-[0-9a-f-]{36}$/u.exec(name.slice(lock.length + 1))?.[1];
      if (pid !== undefined && !isProcess(Number(pid))) removeFile(path);
    } else if (name.startsWith(`${socket}~`)) removeFile(path);
  }
}

function isHeld(guard: string): boolean {
  try {
    const owner = parseOwner(readFileSync(guard, 'utf8'));
    return owner !== null && isAlive(owner);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
