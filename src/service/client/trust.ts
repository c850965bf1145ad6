import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { errorCode } from '../../base/system-error.ts';
import { ConfigError } from '../../model/errors.ts';
import type { ServicePaths } from '../service.ts';

/**
 * Whether there is a socket. Throws ConfigError `service` where another user could have put it there, or could listen in:
 * passphrases and commands go through it.
 */
export async function trustedSocket({ folder, socket }: ServicePaths): Promise<boolean> {
  const [folderStats, socketStats] = await Promise.all([statOf(folder), statOf(socket)]);
  if (folderStats === null) return false;
  if (!folderStats.isDirectory()) throw untrusted(folder, 'is no directory');
  assertPrivate(folder, folderStats);
  if (socketStats === null) return false;
  if (!socketStats.isSocket()) throw untrusted(socket, 'is no socket');
  assertPrivate(socket, socketStats);
  return true;
}

function assertPrivate(path: string, { uid, mode }: Stats): void {
  if (uid !== process.getuid?.()) throw untrusted(path, 'is of another user');
  if ((mode & OTHERS) !== 0) throw untrusted(path, 'is open to other users');
}

/** Not following links: what is named must be the thing itself. */
async function statOf(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw new ConfigError('service', `cannot look at ${path} (${errorCode(error) ?? 'error'})`, {
      cause: error,
    });
  }
}

function untrusted(path: string, problem: string): ConfigError {
  return new ConfigError('service', `${path} ${problem}: the controller cannot be trusted`, {
    hint: 'look who made it, and remove it',
  });
}

const OTHERS = 0o077;
