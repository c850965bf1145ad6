import { FailureError } from '../../model/failure.ts';
import type { FileSession } from '../../model/ports/files.ts';
import type { Connection } from '../../model/ports/transport.ts';
import type { WorkContext } from '../../model/ports/work.ts';
import type { AbortWaiter } from '../on-abort.ts';
import { makeRoom } from '../stop/watch-shells.ts';

/** A connection, and the host's files on it. */
export interface HostFiles {
  readonly connection: Connection;
  readonly session: FileSession;
}

/** Connects and opens the host's files; null where the work is to end first. */
export async function openFiles(
  context: WorkContext,
  abort: AbortWaiter,
): Promise<HostFiles | null> {
  const { clock, signal } = context;
  for (let connections = 1; ; connections += 1) {
    const connection = await context.connect();
    if (!signal.aborted) await Promise.race([context.go(), abort.happened]);
    if (signal.aborted) return null;
    const wasShared = connection.isShared;
    try {
      return { connection, session: await connection.sftp() };
    } catch (error) {
      // Those who hold places here may have taken the last channel, and one that was kept may be dead.
      const mayDoBetter = wasShared || connection.isShared || connection.isKept === true;
      const mayTry =
        connections <= context.retries || (mayDoBetter && connections < MOST_CONNECTIONS);
      if (signal.aborted || !wasRefused(error) || !mayTry) throw error;
      await makeRoom(connection.running, clock);
    }
  }
}

function wasRefused(error: unknown): boolean {
  return error instanceof FailureError && error.failure.code === 'channel-refused';
}

/** A host that refuses on so many will refuse on the next. */
const MOST_CONNECTIONS = 4;
