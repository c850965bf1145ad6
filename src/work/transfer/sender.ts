import { posix } from 'node:path';
import { asError } from '../../base/system-error.ts';
import { FileError, type FileAttributes, type FileSession } from '../../model/ports/files.ts';
import type { WorkContext } from '../../model/ports/work.ts';
import { within } from '../stop/patience.ts';
import { ContentWriter } from './content-writer.ts';
import type { HostDigests } from './host-digests.ts';
import type { PlanEntry } from './local-plan.ts';
import type { MadeFolders } from './make-folders.ts';
import { pooled } from './pool.ts';
import { putSmall, SMALL } from './put-small.ts';
import { lookAt, type UploadPlace } from './remote-place.ts';
import { RefusedError, type Refusals } from './refusals.ts';
import { SentFile, type Sending } from './sent-file.ts';
import type { DigestMaker, SharedPlan } from './shared-plan.ts';
import { Settler, type Arrival } from './settler.ts';
import type { UploadSpec } from './spec.ts';
import type { Tally } from './tally.ts';
import { temporaryName } from './temporary-name.ts';
import { openTemporary } from './open-temporary.ts';

export interface SenderParts {
  readonly session: FileSession;
  readonly digests: HostDigests;
  readonly refusals: Refusals;
  readonly plan: SharedPlan;
  readonly tally: Tally;
  readonly spec: UploadSpec;
  readonly context: WorkContext;
}

/**
 * Brings files to their places: each grows under a temporary name, is compared with what it was made from, and only then
 * gets its own name. Many are under way at once.
 */
export class Sender {
  readonly #parts: SenderParts;
  readonly #writer: ContentWriter;
  readonly #settler: Settler;
  /** Temporary files that are on the host now. */
  readonly #temporary = new Set<string>();
  readonly #sending: Sending;
  #isClean = false;

  constructor(parts: SenderParts) {
    const { session, tally, context } = parts;
    this.#parts = parts;
    this.#writer = new ContentWriter(session.limits, parts.plan.blocks, tally, context.signal);
    this.#settler = new Settler(parts);
    this.#sending = { session, plan: parts.plan, temporary: this.#temporary };
  }

  async send(place: UploadPlace, folders: MadeFolders): Promise<void> {
    const { plan, session, tally, refusals, context } = this.#parts;
    tally.expect(plan.bytes);
    const things = plan.entries.filter(({ kind }) => kind !== 'folder');
    const atOnce = Math.min(AT_ONCE, Math.max(1, Math.floor(session.limits.handles / 2)));
    const leave = plan.blocks.join();
    try {
      await pooled(things, atOnce, async (entry) => {
        if (context.signal.aborted) return;
        const path = place.isFolder ? `${place.path}/${entry.relative}` : place.path;
        const folder = posix.dirname(entry.relative);
        const isNew = place.isFolder ? folders.isNew(folder === '.' ? '' : folder) : place.isNew;
        await refusals.despite(() =>
          entry.kind === 'link' ? this.#link(entry, path, isNew) : this.#file(entry, path, isNew),
        );
      });
      await this.#settler.finish();
    } finally {
      leave();
    }
  }

  /** Nothing is left on the host but what is in its place. Known after `cleanUp`. */
  get isClean(): boolean {
    return this.#isClean;
  }

  /** Whatever is not in its place goes. Never rejects: who comes here after an error has that to tell. */
  async cleanUp(): Promise<void> {
    const { session, context } = this.#parts;
    const left = [...this.#temporary];
    this.#temporary.clear();
    const removing = Promise.all(
      left.map((path) =>
        session.remove(path).then(
          () => true,
          (error: unknown) => error instanceof FileError && error.code === 'no-such-file',
        ),
      ),
    );
    const gone = await within(context.clock, CLEAN_UP_MS, removing);
    this.#isClean = gone?.every((one) => one) ?? false;
  }

  async #file(entry: PlanEntry, path: string, isNew: boolean): Promise<void> {
    const { session, tally } = this.#parts;
    const there = isNew ? null : await lookAt(session, path, false);
    if (there?.kind === 'folder') throw new RefusedError(path, IN_THE_WAY);
    if (there !== null && (await this.#isSame(entry, path, there))) {
      if (there.mode !== entry.mode) await session.setAttributes(path, { mode: entry.mode });
      tally.skipped += 1;
      tally.spare(entry.size);
      return;
    }
    await this.#settler.add(await this.#grow(entry, path, true));
  }

  /** The whole file under its temporary name. */
  async #grow(entry: PlanEntry, path: string, mayResume: boolean): Promise<Arrival> {
    const { session, plan, tally } = this.#parts;
    const temporary = `${posix.dirname(path)}/${temporaryName(posix.basename(path), entry)}`;
    try {
      if (entry.size <= Math.min(SMALL, session.limits.write)) {
        this.#temporary.add(temporary);
        await putSmall(session, plan, entry, temporary);
        tally.moved(entry.size);
      } else {
        await this.#write(entry, temporary, mayResume);
      }
    } catch (error) {
      throw named(error, temporary, path);
    }
    const again = mayResume ? () => this.#grow(entry, path, false) : null;
    return new SentFile(this.#sending, entry, temporary, path, again);
  }

  async #write(entry: PlanEntry, temporary: string, mayResume: boolean): Promise<void> {
    const { session, digests, tally } = this.#parts;
    const opened = await openTemporary({ session, digests, entry, mayResume, path: temporary });
    this.#temporary.add(temporary);
    if (opened.from > 0) {
      tally.resumed += 1;
      tally.spare(opened.from);
    }
    const { mode, mtime } = entry;
    try {
      const digest = opened.from === 0 ? this.#digestOnTheWay(entry) : null;
      await this.#writer.write(opened.file, entry, opened.from, digest);
    } catch (error) {
      await opened.file.close().catch(() => {
        // What went wrong before is to be told.
      });
      throw error;
    }
    // Closing is told right behind: the server does one thing after another.
    await Promise.all([
      opened.file.setAttributes({ mode, mtime, atime: mtime }),
      opened.file.close(),
    ]);
  }

  /**
   * Where there are other hosts, none waits for how fast this one takes a large file: the digest is made beside. null:
   * nothing to be done here.
   */
  #digestOnTheWay(entry: PlanEntry): DigestMaker | null {
    const { plan, context, session } = this.#parts;
    if (context.total === 1 || entry.size <= session.limits.write) return plan.makeDigest(entry);
    Promise.resolve(plan.digest(entry)).catch(() => {
      // Whoever wants to know it is told.
    });
    return null;
  }

  async #isSame(entry: PlanEntry, path: string, there: FileAttributes): Promise<boolean> {
    const { digests, plan, spec } = this.#parts;
    if (there.kind !== 'file' || there.size !== entry.size || there.mtime !== entry.mtime) {
      return false;
    }
    if (!spec.checksum) return true;
    const answer = await digests.of([path]);
    return answer !== null && answer.digests[0] === (await plan.digest(entry));
  }

  /** Links are made again as they are, whatever they lead to there. */
  async #link(entry: PlanEntry, path: string, isNew: boolean): Promise<void> {
    const { session, tally } = this.#parts;
    const target = entry.target ?? '';
    const there = isNew ? null : await lookAt(session, path, false);
    if (there?.kind === 'link' && (await session.readlink(path)) === target) {
      tally.skipped += 1;
      return;
    }
    if (there?.kind === 'folder') throw new RefusedError(path, IN_THE_WAY);
    if (there === null) {
      await session.symlink(target, path);
    } else {
      const temporary = `${posix.dirname(path)}/${temporaryName(posix.basename(path), entry)}`;
      await session.remove(temporary).catch((error: unknown) => {
        // There is hardly ever one.
        if (!(error instanceof FileError)) throw error;
      });
      await session.symlink(target, temporary);
      this.#temporary.add(temporary);
      await session.rename(temporary, path);
      this.#temporary.delete(temporary);
    }
    tally.files += 1;
  }
}

/** Who reads of it knows nothing of temporary names. */
function named(error: unknown, temporary: string, path: string): Error {
  return error instanceof FileError && error.path === temporary
    ? new FileError(error.code, path, error.why, { cause: error })
    : asError(error);
}

/** Files under way at once: enough to hide a round trip behind the others. */
const AT_ONCE = 64;
const CLEAN_UP_MS = 3000;
const IN_THE_WAY = 'a folder is in its place on the host';
