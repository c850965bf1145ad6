import { fchmod, futimes, type Stats } from 'node:fs';
import { lstat, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { bytesText } from '../../base/byte-text.ts';
import { safeLine } from '../../base/safe-text.ts';
import { errorCode } from '../../base/system-error.ts';
import {
  FileError,
  type FileAttributes,
  type FileSession,
  type RemoteFile,
} from '../../model/ports/files.ts';
import type { WorkContext } from '../../model/ports/work.ts';
import { ContentReader } from './content-reader.ts';
import { digestOf } from './digests.ts';
import { transferFailure } from './failure.ts';
import type { HostDigests } from './host-digests.ts';
import { closeLocal } from './local-file.ts';
import { freeBytes, localMode, store, type LocalPlace } from './local-place.ts';
import { openLocalTemporary, type LocalTemporary } from './local-temporary.ts';
import { pooled } from './pool.ts';
import type { Refusals } from './refusals.ts';
import type { RemoteEntry } from './remote-plan.ts';
import { Settler, type Arrival } from './settler.ts';
import type { DownloadSpec } from './spec.ts';
import type { Tally } from './tally.ts';
import { temporaryName } from './temporary-name.ts';

export interface ReceiverParts {
  readonly session: FileSession;
  readonly digests: HostDigests;
  readonly refusals: Refusals;
  readonly tally: Tally;
  readonly spec: DownloadSpec;
  readonly context: WorkContext;
}

/**
 * Brings a host's files to this machine: each grows under a temporary name that is ours to choose, is compared with what
 * it was made from, and only then gets its own name. Many are under way at once.
 */
export class Receiver {
  readonly #parts: ReceiverParts;
  readonly #reader: ContentReader;
  readonly #settler: Settler;
  readonly #temporary = new Set<string>();

  constructor(parts: ReceiverParts) {
    const { session, tally, context } = parts;
    this.#parts = parts;
    this.#reader = new ContentReader(session.limits, tally, context.signal);
    this.#settler = new Settler(parts);
  }

  async receive(place: LocalPlace, files: readonly RemoteEntry[]): Promise<void> {
    const { session, context, refusals } = this.#parts;
    const atOnce = Math.min(AT_ONCE, Math.max(1, Math.floor(session.limits.handles / 2)));
    await pooled(files, atOnce, async (entry) => {
      if (context.signal.aborted) return;
      const path = place.isFolder ? join(place.path, entry.relative) : place.path;
      await refusals.despite(() => this.#file(entry, path));
    });
    await this.#settler.finish();
  }

  /** Whatever is not in its place goes. */
  async cleanUp(): Promise<void> {
    const left = [...this.#temporary];
    this.#temporary.clear();
    await pooled(left, AT_ONCE, async (path) => {
      await unlink(path).catch(() => {
        // It is gone already, or its folder is.
      });
    });
  }

  async #file(entry: RemoteEntry, path: string): Promise<void> {
    const { tally } = this.#parts;
    const { size, mtime } = entry.attributes;
    const there = await lookAtLocal(path);
    if (there?.isDirectory() === true) {
      throw transferFailure(
        `${safeLine(path, 120)} is there already, and is a folder`,
        false,
        'store',
      );
    }
    const isSame =
      there?.isFile() === true && there.size === size && Math.floor(there.mtimeMs / 1000) === mtime;
    if (isSame && (await this.#hasSameContent(entry, path))) {
      tally.skipped += 1;
      tally.spare(size);
      return;
    }
    await this.#settler.add(await this.#grow(entry, path, true));
  }

  /** The whole file under its temporary name. */
  async #grow(entry: RemoteEntry, path: string, mayResume: boolean): Promise<Arrival> {
    const { session, digests, tally } = this.#parts;
    const file = await session.open(entry.path, 'read');
    try {
      const now = await file.attributes();
      await requireRoom(dirname(path), entry.path, now.size);
      const temporary = join(dirname(path), temporaryName(basename(path), now));
      const opened = await openLocalTemporary(temporary, now.size, mayResume && !digests.isMissing);
      this.#temporary.add(temporary);
      if (opened.from > 0) {
        tally.resumed += 1;
        tally.spare(opened.from);
      }
      const size = await this.#fill(file, entry, now, opened, temporary);
      const digest = opened.hash.digest('hex');
      return {
        what: entry.path,
        size,
        hostPath: entry.path,
        ours: () => Promise.resolve(digest),
        // What was resumed without a digest to show that it is right was not resumed.
        isAsLong: () => Promise.resolve(opened.from === 0),
        // What has no size is made anew whenever it is read.
        hasChanged: async () => size !== now.size || this.#hasChanged(entry.path, now),
        place: async () => {
          await rename(temporary, path).catch((error: unknown) => {
            throw store(path, error);
          });
          this.#temporary.delete(temporary);
        },
        again: mayResume ? () => this.#grow(entry, path, false) : null,
      };
    } finally {
      await file.close();
    }
  }

  async #fill(
    file: RemoteFile,
    { path }: RemoteEntry,
    { size, mode, mtime }: FileAttributes,
    { descriptor, from, hash }: LocalTemporary,
    temporary: string,
  ): Promise<number> {
    const into = { descriptor, path: temporary, hash };
    const origin = { file, path, size };
    let isOpen = true;
    try {
      const length = size === 0 ? await this.#reader.readUntilEnd(origin, into) : size;
      if (size > 0) await this.#reader.read(origin, from, into);
      await setMode(descriptor, localMode(mode) | OWN_FILE);
      await setTimes(descriptor, mtime, mtime);
      // Some file systems tell only now that they had no room for it.
      isOpen = false;
      await closeLocal(descriptor);
      return length;
    } catch (error) {
      throw errorCode(error) === null ? error : store(temporary, error);
    } finally {
      if (isOpen) await closeLocal(descriptor);
    }
  }

  async #hasSameContent({ path, attributes }: RemoteEntry, local: string): Promise<boolean> {
    const { digests, spec } = this.#parts;
    if (!spec.checksum) return true;
    const [answer, ours] = await Promise.all([
      digests.of([path]),
      digestOf(local, attributes.size),
    ]);
    return answer !== null && answer.digests[0] === ours;
  }

  /** A file that is written to, like a log, is taken as it was. */
  async #hasChanged(path: string, before: FileAttributes): Promise<boolean> {
    const { session } = this.#parts;
    try {
      const { size, mtime } = await session.stat(path);
      return size !== before.size || mtime !== before.mtime;
    } catch (error) {
      if (error instanceof FileError) return true;
      throw error;
    }
  }
}

async function lookAtLocal(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw store(path, error);
  }
}

/** A size that this machine has no room for is not begun with. */
async function requireRoom(folder: string, path: string, size: number): Promise<void> {
  if (size < WORTH_ASKING) return;
  const free = await freeBytes(folder);
  if (size <= free) return;
  const what = `${safeLine(path, 80)} has ${bytesText(size)}, as the host says`;
  throw transferFailure(`${what}; here is room for ${bytesText(free)}`, false, 'store');
}

const setMode = promisify(fchmod);
const setTimes = promisify(futimes);
const AT_ONCE = 64;
const OWN_FILE = 0o600;
const WORTH_ASKING = 1024 * 1024;
