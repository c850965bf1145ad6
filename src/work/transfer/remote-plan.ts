import type { FileAttributes, FileSession } from '../../model/ports/files.ts';
import { FileError } from '../../model/ports/files.ts';
import { LocalNames } from './local-names.ts';
import { pooled } from './pool.ts';
import type { Refusal } from './refusals.ts';
import type { RemoteSource } from './remote-sources.ts';

/** One thing of the host's that is to be made on this machine. */
export interface RemoteEntry {
  readonly kind: 'file' | 'folder';
  /** On the host. */
  readonly path: string;
  /** Below the destination, of names that are safe; empty: the destination itself. */
  readonly relative: string;
  readonly attributes: FileAttributes;
}

/** What the sources come to: every folder before what is in it. */
export interface RemotePlan {
  readonly entries: readonly RemoteEntry[];
  readonly refusals: readonly Refusal[];
  readonly bytes: number;
}

/** Looks through what was asked for. Links are not followed below it, and nothing that is found can lead out of it. */
export async function planDownload(
  session: FileSession,
  sources: readonly RemoteSource[],
  signal: AbortSignal,
): Promise<RemotePlan> {
  const entries: RemoteEntry[] = [];
  const refusals: Refusal[] = [];
  const top = new LocalNames();
  let level: Folder[] = [];
  const take = (path: string, folder: Folder, name: string, attributes: FileAttributes): void => {
    const { kind } = attributes;
    // What is not made takes no name from anything that is.
    if (kind === 'link' || kind === 'other') {
      refusals.push({ path, why: WORDS[kind], isFault: false });
      return;
    }
    const local = folder.names.take(name);
    if ('refused' in local) {
      refusals.push({ path, why: local.refused, isFault: local.isFault });
      return;
    }
    const relative = folder.relative === '' ? local.name : `${folder.relative}/${local.name}`;
    entries.push({ kind, path, relative, attributes });
    if (kind === 'folder') next.push({ path, relative, names: new LocalNames() });
  };
  let next: Folder[] = [];
  for (const { path, name, attributes } of sources) {
    if (name === null) next.push({ path, relative: '', names: top });
    else take(path, { path: '', relative: '', names: top }, name, attributes);
  }
  for (let depth = 1; next.length > 0 && !signal.aborted; depth += 1) {
    level = next;
    next = [];
    await pooled(level, AT_ONCE, async (folder) => {
      if (signal.aborted) return;
      if (depth > MOST_DEPTH || entries.length > MOST_ENTRIES) {
        const why = depth > MOST_DEPTH ? 'it lies too deep' : 'there are too many files before it';
        refusals.push({ path: folder.path, why, isFault: true });
        return;
      }
      for (const { name, attributes } of await listed(session, folder.path, refusals)) {
        take(`${folder.path === '/' ? '' : folder.path}/${name}`, folder, name, attributes);
      }
    });
  }
  const bytes = entries.reduce(
    (sum, { kind, attributes }) => sum + (kind === 'file' ? attributes.size : 0),
    0,
  );
  return { entries, refusals, bytes };
}

interface Folder {
  readonly path: string;
  readonly relative: string;
  readonly names: LocalNames;
}

/** A folder that we may not look into is one that we do without; the download says so. */
async function listed(
  session: FileSession,
  path: string,
  refusals: Refusal[],
): ReturnType<FileSession['list']> {
  try {
    const entries = await session.list(path);
    return entries.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    refusals.push({ path, why: error.why, isFault: true });
    return [];
  }
}

const WORDS = { link: 'a symbolic link', other: 'neither a file nor a folder' } as const;
const AT_ONCE = 16;
/** Deeper than trees of people's are; a server could go on for ever. */
const MOST_DEPTH = 100;
const MOST_ENTRIES = 500_000;
