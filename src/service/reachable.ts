import { watch, type FSWatcher } from 'node:fs';
import type { Clock, Timer } from '../base/clock.ts';
import type { OwnSocket } from './socket.ts';

/** Calls `onLost` once, when clients can no longer find us: the socket or its folder is gone, or another's is in its place. */
export function watchReachable(
  socket: OwnSocket,
  folder: string,
  clock: Clock,
  onLost: () => void,
): { close(): void } {
  let timer: Timer | null = null;
  let touched = clock.monotonic();
  let closed = false;
  const watcher = watchFolder(folder, () => look());

  const close = (): void => {
    closed = true;
    timer?.cancel();
    watcher?.close();
  };
  const look = (): void => {
    if (closed) return;
    if (!socket.isReachable()) {
      close();
      onLost();
    } else if (clock.monotonic() - touched > TOUCH_MS) {
      touched = clock.monotonic();
      socket.touch(clock.now());
    }
  };
  const again = (): void => {
    if (closed) return;
    timer = clock.after(PERIOD_MS, () => {
      look();
      again();
    });
    timer.unref();
  };
  again();
  return { close };
}

/** null: the system watches no more files for us, and looking now and then has to do. */
function watchFolder(folder: string, look: () => void): FSWatcher | null {
  try {
    const watcher = watch(folder, { persistent: false }, look);
    watcher.on('error', look);
    return watcher;
  } catch {
    return null;
  }
}

/** A folder above that is renamed tells nobody. */
const PERIOD_MS = 2000;
const TOUCH_MS = 3_600_000;
