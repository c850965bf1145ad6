import { posix } from 'node:path';
import { safeLine } from '../../base/safe-text.ts';
import type { FileAttributes, FileSession } from '../../model/ports/files.ts';
import { transferFailure } from './failure.ts';
import { isPattern, literal, matcher } from './glob.ts';
import { absoluteOnHost, lookAt } from './remote-place.ts';

/** One thing on the host that was asked for. */
export interface RemoteSource {
  readonly path: string;
  /** What it is called on this machine; null: not itself is meant, but what is in it. */
  readonly name: string | null;
  readonly attributes: FileAttributes;
}

export interface RemoteSources {
  readonly sources: readonly RemoteSource[];
  /** More than one thing may have been meant. */
  readonly isMany: boolean;
}

/** Finds what is meant. Throws a FailureError that names what there is not. */
export async function findSources(
  session: FileSession,
  wanted: readonly string[],
): Promise<RemoteSources> {
  const found: RemoteSource[] = [];
  let isMany = wanted.length > 1;
  for (const text of wanted) {
    const path = posix.normalize(await absoluteOnHost(session, text));
    const isContent = text.endsWith('/') || /(?:^|\/)\.$/u.test(text) || text === '~';
    const plain = path === '/' ? path : path.replace(/\/+$/u, '');
    const there = await lookAt(session, plain, true);
    if (there !== null) {
      found.push(sourceOf(plain, there, isContent));
    } else if (isPattern(plain)) {
      isMany = true;
      const matched = await expand(session, plain);
      if (matched.length === 0) throw missing(plain, 'nothing on the host has such a name');
      for (const one of matched) {
        const attributes = await lookAt(session, one, true);
        if (attributes !== null) found.push(sourceOf(one, attributes, isContent));
      }
    } else {
      throw missing(plain, 'no such file or folder on the host');
    }
  }
  return { sources: found, isMany };
}

function sourceOf(path: string, attributes: FileAttributes, isContent: boolean): RemoteSource {
  const isAll = path === '/' || (isContent && attributes.kind === 'folder');
  return { path, name: isAll ? null : posix.basename(path), attributes };
}

/** The paths that a pattern means: each part of it is compared with what is in the folders that those before it mean. */
async function expand(session: FileSession, pattern: string): Promise<readonly string[]> {
  let folders: readonly string[] = [''];
  for (const part of pattern.split('/').slice(1)) {
    const next: string[] = [];
    for (const folder of folders) {
      if (!isPattern(part)) next.push(`${folder}/${literal(part)}`);
      else next.push(...(await namesIn(session, folder, matcher(part))));
    }
    folders = next;
  }
  return folders;
}

async function namesIn(
  session: FileSession,
  folder: string,
  matches: (name: string) => boolean,
): Promise<readonly string[]> {
  const path = folder === '' ? '/' : folder;
  const there = await lookAt(session, path, true);
  if (there?.kind !== 'folder') return [];
  const names = (await session.list(path)).map(({ name }) => name);
  return names
    .filter((name) => !name.includes('/') && matches(name))
    .toSorted()
    .map((name) => `${folder}/${name}`);
}

function missing(path: string, why: string): Error {
  return transferFailure(`${safeLine(path, 120)}: ${why}`, false);
}
