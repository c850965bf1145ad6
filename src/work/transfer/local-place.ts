import { chmod, lstat, mkdir, stat, statfs, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileNameOf } from '../../base/file-name.ts';
import { safeLine } from '../../base/safe-text.ts';
import { errorCode } from '../../base/system-error.ts';
import type { Target } from '../../model/target.ts';
import { fillText, templateNames } from '../wrap/template.ts';
import { localReason, transferFailure } from './failure.ts';

/** Where a host's files go on this machine. */
export interface LocalPlace {
  readonly path: string;
  /** Files go into it; else there is one, and this is its name. */
  readonly isFolder: boolean;
}

/**
 * A host's own folder in DEST; or, where DEST has `{host}`, what that comes to: then a folder where one is there, where it
 * is written with a slash at its end, or where there may be several files (`isMany`); else the one file's name. Whatever
 * is filled in stays one part of the path. Makes the folders that are missing.
 */
export async function localPlace(
  dest: string,
  target: Target,
  isMany: boolean,
): Promise<LocalPlace> {
  const filled = fillText(dest, target, fileNameOf);
  const isOwn = templateNames(dest).includes('host');
  const path = (isOwn ? filled : join(filled, fileNameOf(target.name))).replace(/(?<=.)\/+$/u, '');
  const isFolder = !isOwn || isMany || dest.endsWith('/') || (await isFolderThere(path));
  if (isFolder) await makeWay(path);
  else await makeWay(dirname(path));
  return { path, isFolder };
}

/** A folder for a host's files, for nobody else before it is whole; where something else is in its place, that stays. */
export async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: PRIVATE });
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw store(path, error);
    // A link would lead out of here: only a folder itself will do.
    const there = await lstat(path);
    if (there.isDirectory()) return false;
    throw transferFailure(
      `${safeLine(path, 120)} is there already, and is no folder`,
      false,
      'store',
    );
  }
}

/** Its mode and time are those of the host's, but for others' leave to write; last, since files going in change the time. */
export async function finishFolder(path: string, mode: number, mtime: number): Promise<void> {
  try {
    await chmod(path, localMode(mode) | OWN_FOLDER);
    await utimes(path, mtime, mtime);
  } catch (error) {
    throw store(path, error);
  }
}

/** A host's mode as it is here: set-id and sticky bits mean something else here, and nobody else writes. */
export function localMode(mode: number): number {
  return mode & 0o755;
}

/** Free bytes where a path is. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

export function store(path: string, error: unknown): Error {
  return transferFailure(`${safeLine(path, 120)}: ${localReason(error)}`, false, 'store', error);
}

async function isFolderThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false;
    throw store(path, error);
  }
}

/** The operator's own part of the path: links in it are theirs. */
async function makeWay(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: PRIVATE });
  } catch (error) {
    throw store(path, error);
  }
}

const PRIVATE = 0o700;
const OWN_FOLDER = 0o700;
