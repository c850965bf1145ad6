import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { safeLine } from '../../base/safe-text.ts';
import { errorCode } from '../error-code.ts';
import { ConfigError } from '../../model/errors.ts';

export interface ReadOptions {
  /** The user who must own the file where `trusted` is asked for; null: this system has no such thing. */
  readonly uid: number | null;
  /** Refuse a file that others could have written: it was not named, only found. */
  readonly trusted: boolean;
}

/** The text of an inventory, at most `MAX_BYTES`. Throws ConfigError `inventory`. */
export async function readInventoryFile(path: string, options: ReadOptions): Promise<string> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  try {
    if (options.trusted) await checkTrust(path, file, options.uid);
    return decode(path, await readBounded(path, file));
  } catch (cause) {
    throw cause instanceof ConfigError ? cause : unreadable(path, cause);
  } finally {
    await file.close();
  }
}

async function readBounded(path: string, file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat();
  if (size > MAX_BYTES) throw tooLarge(path);
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    // A pipe has no size: read until it ends or is too much.
    const { bytesRead, buffer } = await file.read(
      Buffer.allocUnsafe(Math.max(size - total, 0) + CHUNK),
    );
    if (bytesRead === 0) return chunks.length === 1 ? (chunks[0] ?? buffer) : Buffer.concat(chunks);
    total += bytesRead;
    if (total > MAX_BYTES) throw tooLarge(path);
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

function decode(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ConfigError('inventory', `${safeLine(path)}: is not text in UTF-8`, { cause });
  }
}

/**
 * Whoever can write ./hosts.yaml decides which hosts a command runs on. The file that was opened is looked at, not
 * its name; so is the folder, where it could be replaced.
 */
async function checkTrust(path: string, file: FileHandle, uid: number | null): Promise<void> {
  if (uid === null) return;
  // A link's own folder counts, and the folder of what it leads to.
  const folders = new Set([dirname(path), dirname(await realpath(path))]);
  const checks = [{ what: `${safeLine(path)}:`, info: await file.stat() }];
  for (const folder of folders) {
    checks.push({ what: `${safeLine(path)}: its folder`, info: await stat(folder) });
  }
  for (const { what, info } of checks) {
    const fault = trustFault(info, uid);
    if (fault !== null) throw untrusted(path, `${what} ${fault}`);
  }
}

/** Why what bears these marks may have been written by somebody else than this user and root, or null. */
export function trustFault(
  { uid: owner, gid, mode }: { readonly uid: number; readonly gid: number; readonly mode: number },
  uid: number,
): string | null {
  if (owner !== uid && owner !== 0) return 'is owned by neither you nor root';
  // A group that bears its owner's number is that user alone: what Debian and Red Hat give every user.
  const byGroup = (mode & 0o020) !== 0 && gid !== owner;
  return (mode & 0o002) !== 0 || byGroup ? 'can be written by others' : null;
}

function untrusted(path: string, message: string): ConfigError {
  const name = safeLine(basename(path));
  return new ConfigError('inventory', message, {
    hint: `to use it all the same, name it: -i ./${name}`,
  });
}

function tooLarge(path: string): ConfigError {
  const limit = `${String(MAX_BYTES / 1024 / 1024)} MiB`;
  return new ConfigError(
    'inventory',
    `${safeLine(path)}: is larger than the ${limit} that an inventory may be`,
  );
}

function unreadable(path: string, cause: unknown): ConfigError {
  const code = errorCode(cause);
  const reason = REASONS[code] ?? `cannot be read (${code})`;
  return new ConfigError('inventory', `${safeLine(path)}: ${reason}`, { cause });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'may not be read by you',
  EISDIR: 'is a folder, not a file',
};

/** 100,000 hosts with an address, a port and some variables take 10 MiB. */
const MAX_BYTES = 32 * 1024 * 1024;
const CHUNK = 64 * 1024;
