import { safeLine } from '../../base/safe-text.ts';
import { FileError, type FileAttributes, type FileSession } from '../../model/ports/files.ts';
import { transferFailure } from './failure.ts';

/** A path on the host, absolute: where the login puts us comes before one that is not. `~/` is that place, too. */
export async function absoluteOnHost(session: FileSession, path: string): Promise<string> {
  const plain = path === '~' ? '' : path.replace(/^~\/+/u, '');
  if (plain.startsWith('/')) return plain;
  const home = (await session.realpath('.')).replace(/\/+$/u, '');
  return plain === '' ? home : `${home}/${plain}`;
}

/** What is there; null: nothing. */
export async function lookAt(
  session: FileSession,
  path: string,
  follow: boolean,
): Promise<FileAttributes | null> {
  try {
    return await (follow ? session.stat(path) : session.lstat(path));
  } catch (error) {
    if (error instanceof FileError && error.code === 'no-such-file') return null;
    throw error;
  }
}

/** Where an upload goes. */
export interface UploadPlace {
  /** Without a slash at its end. */
  readonly path: string;
  /** Sources go into it; else there is one, and this is its name. */
  readonly isFolder: boolean;
  /** It was made for them. */
  readonly isNew: boolean;
}

/**
 * `DEST` as cp and scp have it: a folder that is there takes the sources in; so does one that is written with a slash at
 * its end, or that has to take several, and is made where it is missing; else it is the one file's name.
 */
export async function uploadPlace(
  session: FileSession,
  dest: string,
  needsFolder: boolean,
): Promise<UploadPlace> {
  const absolute = await absoluteOnHost(session, dest);
  const path = absolute === '/' ? '' : absolute.replace(/(?<=.)\/+$/u, '');
  const wantsFolder = needsFolder || dest.endsWith('/') || dest === '~';
  const there = await lookAt(session, path === '' ? '/' : path, true);
  if (there?.kind === 'folder') return { path, isFolder: true, isNew: false };
  if (!wantsFolder) return { path, isFolder: false, isNew: there === null };
  if (there !== null) {
    throw transferFailure(`${safeLine(path, 120)} on the host is no folder`, false);
  }
  await session.mkdir(path);
  return { path, isFolder: true, isNew: true };
}
