import { FileError, type FileSession, type RemoteFile } from '../../model/ports/files.ts';
import { digestOf } from './digests.ts';
import type { HostDigests } from './host-digests.ts';
import type { PlanEntry } from './local-plan.ts';
import { lookAt } from './remote-place.ts';

/** A file under its temporary name, and how much of it is there and right already. */
export interface Opened {
  readonly file: RemoteFile;
  readonly from: number;
}

export interface OpenRequest {
  readonly session: FileSession;
  readonly digests: HostDigests;
  readonly entry: PlanEntry;
  readonly path: string;
  readonly mayResume: boolean;
}

/**
 * Makes it anew, for nobody else to read; or goes on with what an earlier attempt has left: only where that is a file of our
 * own that nobody else may write, and its digest is that of our file's beginning.
 */
export async function openTemporary(request: OpenRequest): Promise<Opened> {
  const { session, path } = request;
  try {
    return { file: await session.open(path, 'exclusive', PRIVATE), from: 0 };
  } catch (error) {
    // Version 3 has no word for "it is there": OpenSSH says only that it failed.
    if (!(error instanceof FileError) || error.code === 'no-such-file') throw error;
    const from = await usable(request);
    if (from === null) throw error;
    if (from > 0) return { file: await session.open(path, 'update', PRIVATE), from };
    await session.remove(path);
    return { file: await session.open(path, 'exclusive', PRIVATE), from: 0 };
  }
}

/** How much of what is there can be used; 0: it can only be removed; null: there is nothing. */
async function usable(request: OpenRequest): Promise<number | null> {
  const { session, digests, entry, path, mayResume } = request;
  const there = await lookAt(session, path, false);
  if (there === null) return null;
  const { kind, size, mode, uid } = there;
  if (!mayResume || kind !== 'file' || size < WORTH_IT || size > entry.size) return 0;
  if ((mode & OTHERS_WRITE) !== 0) return 0;
  const [answer, ours] = await Promise.all([digests.of([path]), digestOf(entry.path, size)]);
  return answer !== null && answer.uid === uid && ours !== null && answer.digests[0] === ours
    ? size
    : 0;
}

const PRIVATE = 0o600;
const OTHERS_WRITE = 0o022;
/** Less is sent sooner than it is compared. */
const WORTH_IT = 64 * 1024;
