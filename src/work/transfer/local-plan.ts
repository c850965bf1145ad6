import { lstatSync, readlinkSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { nextTurn } from '../../base/clock.ts';
import { safeLine } from '../../base/safe-text.ts';
import { errorCode } from '../../base/system-error.ts';
import { localReason, transferFailure } from './failure.ts';
import type { Refusal } from './refusals.ts';

/** One thing to be made on the host. */
export interface PlanEntry {
  readonly kind: 'file' | 'folder' | 'link';
  /** On this machine. */
  readonly path: string;
  /** Below the destination, with slashes; empty: the destination itself. */
  readonly relative: string;
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  /** What a link says. */
  readonly target: string | null;
}

/** What the sources come to: every folder before what is in it. */
export interface LocalPlan {
  readonly entries: readonly PlanEntry[];
  readonly files: number;
  readonly bytes: number;
  /** What cannot be sent, or is none of file, folder and link. */
  readonly refusals: readonly Refusal[];
  /** The destination has to be a folder: there are several sources, or one is a folder. */
  readonly needsFolder: boolean;
}

/** What is found, as it is found. */
interface Found {
  readonly entries: PlanEntry[];
  readonly refusals: Refusal[];
  /** Which source each name at the top came from. */
  readonly top: Map<string, string>;
}

/** Looks through the sources. Throws a FailureError where one of them is not there, or two would become one. */
export async function planUpload(sources: readonly string[]): Promise<LocalPlan> {
  const found: Found = { entries: [], refusals: [], top: new Map() };
  let isFolder = false;
  for (const source of sources) {
    const path = source.replace(/(?<=.)\/+$/u, '');
    const info = await stat(path).catch((error: unknown) => {
      throw transferFailure(
        `${safeLine(path, 120)}: ${localReason(error)}`,
        false,
        'transfer',
        error,
      );
    });
    const isContent = source.endsWith('/') && info.isDirectory();
    const name = isContent ? '' : basename(path);
    if (!isContent) refuseTwice(found.top, name, path);
    if (info.isDirectory()) {
      isFolder = true;
      if (!isContent) found.entries.push(entryOf('folder', path, name, info));
      await walk(path, name, found);
    } else if (info.isFile()) {
      found.entries.push(entryOf('file', path, name, info));
    } else {
      throw transferFailure(`${safeLine(path, 120)}: neither a file nor a folder`, false);
    }
  }
  const { entries, refusals } = found;
  const files = entries.filter(({ kind }) => kind === 'file');
  return {
    entries,
    refusals,
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    needsFolder: isFolder || sources.length > 1,
  };
}

async function walk(folder: string, relative: string, found: Found): Promise<void> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    found.refusals.push({ path: folder, why: localReason(error), isFault: true });
    return;
  }
  let looked = 0;
  // In an order of its own, so that two runs do the same.
  for (const name of names.toSorted()) {
    if (relative === '') refuseTwice(found.top, name, `${folder}/${name}`);
    const path = folder === '/' ? `/${name}` : `${folder}/${name}`;
    const entry = look(path, relative === '' ? name : `${relative}/${name}`, found);
    if (entry?.kind === 'folder') await walk(path, entry.relative, found);
    looked += 1;
    if (looked % AT_A_TIME === 0) await nextTurn();
  }
}

/** At once, and not beside: handing each of ten thousand names to another thread takes ten times as long. */
function look(path: string, relative: string, { entries, refusals }: Found): PlanEntry | null {
  try {
    const info = lstatSync(path);
    if (info.isSymbolicLink()) {
      entries.push({ ...entryOf('link', path, relative, info), target: readlinkSync(path) });
    } else if (info.isDirectory() || info.isFile()) {
      const entry = entryOf(info.isFile() ? 'file' : 'folder', path, relative, info);
      entries.push(entry);
      return entry;
    } else {
      refusals.push({ path, why: 'neither file, folder nor link', isFault: false });
    }
  } catch (error) {
    refusals.push({ path, ...whyNot(path, error) });
  }
  return null;
}

/** What is gone again is none of what was to be sent. */
function whyNot(path: string, error: unknown): Omit<Refusal, 'path'> {
  if (errorCode(error) !== 'ENOENT') return { why: localReason(error), isFault: true };
  return path.includes('\uFFFD')
    ? { why: 'its name is not UTF-8', isFault: true }
    : { why: 'it is gone', isFault: false };
}

interface Info {
  readonly size: number;
  readonly mode: number;
  readonly mtimeMs: number;
}

function entryOf(
  kind: PlanEntry['kind'],
  path: string,
  relative: string,
  { size, mode, mtimeMs }: Info,
): PlanEntry {
  const mtime = Math.floor(mtimeMs / 1000);
  return { kind, path, relative, size, mode: mode & PERMISSIONS, mtime, target: null };
}

/** Two sources of one name would meet in one place, and one of them would be lost. */
function refuseTwice(top: Map<string, string>, name: string, path: string): void {
  const other = top.get(name);
  if (other !== undefined) {
    throw transferFailure(`${other} and ${path} would both become ${name}`, false);
  }
  top.set(name, path);
}

/** Set-id and sticky bits mean something else for another owner, on another host: they stay here. */
const PERMISSIONS = 0o777;
/** Names that are looked at before others get their turn. */
const AT_A_TIME = 256;
