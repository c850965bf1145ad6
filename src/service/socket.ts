import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { lstatSync, renameSync, rmSync, utimesSync, type Stats } from 'node:fs';
import { connect, type Server } from 'node:net';
import { errorCode } from '../base/system-error.ts';

/** The socket that we listen on, as a file. Its calls are no promises: there may be no time left for one. */
export interface OwnSocket {
  /** Whether a client that goes by the path comes to us; true as well while it was us who took it away. */
  isReachable(): boolean;
  /** Takes it away, so that new clients find nobody; who is connected stays. */
  withdraw(): void;
  /** Puts it back. */
  restore(): void;
  /** Says that it is in use, to whoever clears old files away (XDG Base Directory Specification: every six hours). */
  touch(wallMs: number): void;
  /** Removes it for good. Idempotent; leaves another's alone. */
  remove(): void;
}

/**
 * Has the server listen at `path`, 0600, in the place of what a dead one left there. Only for the holder of the lock. The
 * socket gets its name when it listens already: no client ever finds one that refuses it.
 */
export async function listenAt(server: Server, path: string): Promise<OwnSocket> {
  const draft = `${path}~${randomBytes(1).toString('hex')}`;
  rmSync(draft, { force: true });
  const listening = once(server, 'listening');
  // Binding happens within the call, and the mode of the new file is what the mask leaves of it.
  const before = process.umask(0o177);
  try {
    server.listen({ path: draft });
  } finally {
    process.umask(before);
  }
  await listening;
  const own = lstatSync(draft);
  renameSync(draft, path);
  return ownSocket(own, path, draft);
}

function ownSocket(own: Stats, path: string, draft: string): OwnSocket {
  let at: string | null = path;
  const isOurs = (where: string): boolean => {
    const found = statOf(where);
    return found !== null && found.ino === own.ino && found.dev === own.dev;
  };
  const move = (to: string): void => {
    if (at !== null && isOurs(at)) renameSync(at, to);
    at = to;
  };
  return {
    isReachable: () => at !== path || isOurs(path),
    withdraw: () => move(draft),
    restore: () => move(path),
    touch: (wallMs) => {
      if (isOurs(path)) utimesSync(path, wallMs / 1000, wallMs / 1000);
    },
    remove: () => {
      if (at !== null && isOurs(at)) rmSync(at, { force: true });
      at = null;
    },
  };
}

/** Whether anybody listens there: a socket that takes a client is alive, whatever else is known of its owner. */
export async function answers(path: string): Promise<boolean> {
  const socket = connect({ path });
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    const code = errorCode(error);
    // EAGAIN: its queue is full, and so there is somebody.
    if (code === 'EAGAIN') return true;
    if (code === 'ECONNREFUSED' || code === 'ENOENT' || code === 'ENOTSOCK') return false;
    throw error;
  } finally {
    socket.destroy();
  }
}

function statOf(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return null;
    throw error;
  }
}
