import { lstat, opendir, readlink, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { safeLine } from '../../base/safe-text.ts';
import { localReason, transferFailure } from './failure.ts';

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
  /** What is neither file, folder nor link: passed over. */
  readonly passedOver: readonly string[];
  /** The destination has to be a folder: there are several sources, or one is a folder. */
  readonly needsFolder: boolean;
}

/** Looks through the sources. Throws a FailureError that names what cannot be read. */
export async function planUpload(sources: readonly string[]): Promise<LocalPlan> {
  const entries: PlanEntry[] = [];
  const passedOver: string[] = [];
  const seen = new Map<string, string>();
  let isFolder = false;
  for (const source of sources) {
    const path = source.replace(/(?<=.)\/+$/u, '');
    const info = await looked(path, () => stat(path));
    const isContent = source.endsWith('/') && info.isDirectory();
    const name = isContent ? '' : basename(path);
    if (!isContent) refuseTwice(seen, name, path);
    if (info.isDirectory()) {
      isFolder = true;
      if (!isContent) entries.push(entryOf('folder', path, name, info));
      await walk(path, name, entries, passedOver, seen);
    } else if (info.isFile()) {
      entries.push(entryOf('file', path, name, info));
    } else {
      throw transferFailure(`${safeLine(path, 120)}: neither a file nor a folder`, false);
    }
  }
  const files = entries.filter(({ kind }) => kind === 'file');
  return {
    entries,
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    passedOver,
    needsFolder: isFolder || sources.length > 1,
  };
}

async function walk(
  folder: string,
  relative: string,
  entries: PlanEntry[],
  passedOver: string[],
  seen: Map<string, string>,
): Promise<void> {
  const names: string[] = [];
  await looked(folder, async () => {
    for await (const { name } of await opendir(folder)) names.push(name);
  });
  // In an order of its own, so that two runs do the same.
  for (const name of names.toSorted()) {
    const path = join(folder, name);
    const below = relative === '' ? name : `${relative}/${name}`;
    const info = await looked(path, () => lstat(path));
    if (relative === '') refuseTwice(seen, name, path);
    if (info.isDirectory()) {
      entries.push(entryOf('folder', path, below, info));
      await walk(path, below, entries, passedOver, seen);
    } else if (info.isFile()) {
      entries.push(entryOf('file', path, below, info));
    } else if (info.isSymbolicLink()) {
      const target = await looked(path, () => readlink(path));
      entries.push({ ...entryOf('link', path, below, info), target });
    } else {
      passedOver.push(path);
    }
  }
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
function refuseTwice(seen: Map<string, string>, name: string, path: string): void {
  const other = seen.get(name);
  if (other !== undefined) {
    throw transferFailure(`${other} and ${path} would both become ${name}`, false);
  }
  seen.set(name, path);
}

async function looked<Result>(path: string, task: () => Promise<Result>): Promise<Result> {
  try {
    return await task();
  } catch (error) {
    const message = `${safeLine(path, 120)}: ${localReason(error)}`;
    throw transferFailure(message, false, 'transfer', error);
  }
}

/** Set-id and sticky bits mean something else for another owner, on another host: they stay here. */
const PERMISSIONS = 0o777;
