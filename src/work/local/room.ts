import { errorCode } from '../../base/system-error.ts';

/**
 * Running out of file descriptors, processes or memory is our own limit and no program's fault: where other programs of
 * ours run, the next one waits until one of them has ended, and is tried again. One waiter for each end. null: `start` gave
 * it up.
 */
export async function withRoom<T extends { readonly exited: Promise<unknown> }>(
  start: () => Promise<T | null>,
  aborted: Promise<unknown>,
): Promise<T | null> {
  for (;;) {
    try {
      const started = await start();
      if (started === null) wakeNext();
      else holdRoom(started.exited);
      return started;
    } catch (error) {
      if (running === 0 || !isShortage(error)) {
        wakeNext();
        throw error;
      }
    }
    await roomOr(aborted);
  }
}

function holdRoom(exited: Promise<unknown>): void {
  running += 1;
  void exited.then(() => {
    running -= 1;
    wakeNext();
  });
}

async function roomOr(aborted: Promise<unknown>): Promise<void> {
  let wake = (): void => undefined;
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  waiting.add(wake);
  await Promise.race([woken, aborted]);
  waiting.delete(wake);
}

function wakeNext(): void {
  const [next] = waiting;
  if (next === undefined) return;
  waiting.delete(next);
  next();
}

function isShortage(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return SHORTAGES.has(errorCode(cause) ?? '');
}

/** Programs that were started and have not ended, over all controllers of this process: they share its limits. */
let running = 0;
const waiting = new Set<() => void>();
const SHORTAGES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM']);
