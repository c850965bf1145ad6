import { FileError, type FileSession } from '../../model/ports/files.ts';
import { localReason } from './failure.ts';
import { readSmall } from './local-file.ts';
import type { PlanEntry } from './local-plan.ts';
import { RefusedError } from './refusals.ts';
import { lookAt } from './remote-place.ts';
import type { SharedPlan } from './shared-plan.ts';

/** Puts a file of a few kilobytes to a temporary place on the host, and remembers its digest. */
export async function putSmall(
  session: FileSession,
  plan: SharedPlan,
  entry: PlanEntry,
  temporary: string,
): Promise<void> {
  const { mode, mtime } = entry;
  const bytes = read(entry);
  plan.keepDigest(entry, bytes);
  const put = (): Promise<void> =>
    session.put(temporary, bytes, PRIVATE, { mode, mtime, atime: mtime });
  try {
    await put();
  } catch (error) {
    if (!(error instanceof FileError) || error.code === 'no-such-file') throw error;
    // What an earlier attempt has left is sooner made anew than looked at. Version 3 has no word for "it is there".
    if ((await lookAt(session, temporary, false)) === null) throw error;
    await session.remove(temporary);
    await put();
  }
}

function read({ path, size }: PlanEntry): Buffer {
  let bytes: Buffer;
  try {
    bytes = readSmall(path, size);
  } catch (error) {
    throw new RefusedError(path, localReason(error), { cause: error });
  }
  if (bytes.length < size) throw new RefusedError(path, 'it became shorter while it was sent');
  return bytes;
}

/** Files up to this are sent as a whole: one request takes it, with every server (draft-ietf-secsh-filexfer-02 section 3). */
export const SMALL: number = 32 * 1024;
const PRIVATE = 0o600;
