import { delay, type Clock } from '../base/clock.ts';
import { safeLine } from '../base/safe-text.ts';
import { ConfigError } from '../model/errors.ts';
import { lockFiles } from './lock-files.ts';
import { isAlive, isOfAnotherMachine, parseOwner, type LockOwner } from './lock-owner.ts';
import { releaseLock, takeLock } from './lock.ts';
import type { ServicePaths } from './service.ts';
import { answers } from './socket.ts';

/** null: the lock is ours now. */
export type Claim = null | {
  /** The process of the controller that runs already; null where it cannot be told. */
  readonly runningPid: number | null;
};

/**
 * Makes `own` the owner of the socket, unless somebody serves there. Who has the lock and does not listen is beginning or
 * ending: it is waited for, until it does or is gone. Throws ConfigError `service` when that takes too long.
 */
export async function claim(paths: ServicePaths, own: LockOwner, clock: Clock): Promise<Claim> {
  const until = clock.monotonic() + PATIENCE_MS;
  const pause = async (): Promise<void> => {
    if (clock.monotonic() > until) throw takesNoClients(paths);
    await delay(clock, PERIOD_MS);
  };
  for (;;) {
    const other = await takeLock(paths.lock, own, { files: lockFiles, isAlive, pause });
    // A socket that takes clients is never replaced: its owner lives, even where its lock was lost or says it does not (a
    // container of its own numbers its processes anew).
    if (await answers(paths.socket)) {
      if (other === null) releaseLock(paths.lock, own);
      return { runningPid: other?.pid ?? null };
    }
    if (other === null) return null;
    refuseForeign(other, paths);
    while (isAlive(other) && (await isOwner(other, paths))) {
      await pause();
      if (await answers(paths.socket)) return { runningPid: other.pid };
    }
  }
}

async function isOwner(owner: LockOwner, paths: ServicePaths): Promise<boolean> {
  const text = await lockFiles.read(paths.lock);
  return text !== null && parseOwner(text)?.uuid === owner.uuid;
}

/** Whether a living process has the lock now. Throws ConfigError `service` where that is one of another machine. */
export async function isClaimed(paths: ServicePaths): Promise<boolean> {
  const text = await lockFiles.read(paths.lock);
  const owner = text === null ? null : parseOwner(text);
  if (owner === null || !isAlive(owner)) return false;
  refuseForeign(owner, paths);
  return true;
}

/** Taken over, it would end there with all its jobs; and whether it still lives cannot be known here. */
function refuseForeign(owner: LockOwner, { folder, lock }: ServicePaths): void {
  if (!isOfAnotherMachine(owner)) return;
  throw new ConfigError(
    'service',
    `a controller on another machine (${safeLine(owner.host ?? '', 64)}) has the folder ${folder}`,
    {
      hint: `set XDG_RUNTIME_DIR to a folder that is this machine's alone; if that machine is gone, remove ${lock}`,
    },
  );
}

export function takesNoClients({ lock }: ServicePaths): ConfigError {
  return new ConfigError('service', `another controller holds ${lock} and takes no clients`, {
    hint: 'it may be ending its jobs: try again in a while; the file names its process',
  });
}

/** Less than a starter waits for us, so that it hears why. */
const PATIENCE_MS = 8000;
const PERIOD_MS = 50;
