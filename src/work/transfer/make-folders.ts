import { FileError, type FileSession } from '../../model/ports/files.ts';
import type { PlanEntry } from './local-plan.ts';
import { pooled } from './pool.ts';
import { lookAt, type UploadPlace } from './remote-place.ts';

/** The host's folders for an upload. */
export interface MadeFolders {
  /** Whether anything may be in the folder of this path below the destination already. */
  isNew(relative: string): boolean;
  /** Gives those that were made the mode and time of what they were made from: last, since files going in change both. */
  finish(): Promise<void>;
}

/** Makes the folders that are missing, those that hold others first; what is there stays as it is. */
export async function makeFolders(
  session: FileSession,
  place: UploadPlace,
  entries: readonly PlanEntry[],
): Promise<MadeFolders> {
  const folders = entries.filter(({ kind }) => kind === 'folder');
  const made = new Map<string, PlanEntry>();
  for (const level of levels(folders)) {
    await pooled(level, AT_ONCE, async (folder) => {
      if (await make(session, `${place.path}/${folder.relative}`))
        made.set(folder.relative, folder);
    });
  }
  return {
    isNew: (relative) => (relative === '' ? place.isNew : made.has(relative)),
    finish: async () => {
      const deepestFirst = [...made.values()].toReversed();
      await pooled(deepestFirst, AT_ONCE, async ({ relative, mode, mtime }) => {
        await session.setAttributes(`${place.path}/${relative}`, { mode, mtime, atime: mtime });
      });
    },
  };
}

/** false: it was there. */
async function make(session: FileSession, path: string): Promise<boolean> {
  try {
    // Ours to fill, whatever its mode will be.
    await session.mkdir(path, 0o700);
    return true;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const there = await lookAt(session, path, true);
    if (there?.kind === 'folder') return false;
    throw error;
  }
}

function levels(folders: readonly PlanEntry[]): readonly (readonly PlanEntry[])[] {
  const byDepth = new Map<number, PlanEntry[]>();
  for (const folder of folders) {
    const depth = folder.relative.split('/').length;
    const level = byDepth.get(depth) ?? [];
    byDepth.set(depth, level);
    level.push(folder);
  }
  return [...byDepth.entries()].toSorted(([a], [b]) => a - b).map(([, level]) => level);
}

const AT_ONCE = 64;
