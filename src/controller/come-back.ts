import { onceAborted, throwIfAborted } from '../base/abort.ts';
import { safeLine } from '../base/safe-text.ts';
import { FailureError, type Failure } from '../model/failure.ts';
import type { Connection, ConnectRequest } from '../model/ports/transport.ts';
import { reach, type Reacher, type ReachOptions } from './reach.ts';

export interface ComeBackRequest extends ConnectRequest {
  /** An attempt begins. */
  readonly attempted: () => void;
}

/**
 * A new connection to a host with which contact was lost, however long that takes: after waits that grow, and at once when
 * somebody comes back by the same way; an attempt that had begun before that is begun anew. Rejects with the signal's
 * reason, and with a FailureError where it is hopeless.
 */
export async function comeBack(reacher: Reacher, request: ComeBackRequest): Promise<Connection> {
  const { clock, routes } = reacher;
  for (let round = 0; ; round += 1) {
    const until = clock.monotonic() + pauseMs(reacher, round);
    await untilWoken(reacher, request, until);
    const connection = await attempt(reacher, request);
    if (connection === null) continue;
    routes.isBack(request.target);
    return connection;
  }
}

/** A few attempts within so many milliseconds, although the work is to end; null where they fail. Never rejects. */
export async function reachToEnd(
  reacher: Reacher,
  request: ComeBackRequest,
  ms: number,
): Promise<Connection | null> {
  const over = new AbortController();
  const timer = reacher.clock.after(ms, () => over.abort());
  try {
    // Nobody can be asked meanwhile: a person takes longer.
    const urgent = { ...request, ask: null, signal: over.signal };
    return (await attempt(reacher, urgent)) ?? (await comeBack(reacher, urgent));
  } catch {
    // Its time is over, or it is hopeless: the caller says that the end is not confirmed.
    return null;
  } finally {
    timer.cancel();
  }
}

/** One attempt; null where another one may do better. */
async function attempt(reacher: Reacher, request: ComeBackRequest): Promise<Connection | null> {
  const { clock, routes } = reacher;
  const abort = new AbortController();
  const began = clock.monotonic();
  const unlisten = onceAborted(request.signal, () => abort.abort(request.signal.reason));
  const stopWaiting = routes.wait(request.target, () => {
    // It may wait for a packet that was lost while the way was cut, for longer than a new one takes.
    if (clock.monotonic() - began > FRESH_MS) abort.abort();
  });
  try {
    return await reach(reacher, { ...request, signal: abort.signal }, optionsOf(request));
  } catch (error) {
    throwIfAborted(request.signal);
    if (abort.signal.aborted) return null;
    if (!(error instanceof FailureError)) throw error;
    if (isHopeless(error.failure)) throw hopeless(error);
    return null;
  } finally {
    unlisten();
    stopWaiting();
  }
}

function optionsOf({ attempted }: ComeBackRequest): ReachOptions {
  return {
    retries: 0,
    retryDelayMs: null,
    admit: () => undefined,
    isHeld: () => false,
    untilDecided: () => Promise.resolve(),
    attempted,
  };
}

/** Resolves at that time of the monotonic clock, or when somebody came back by the same way. */
function untilWoken(
  { clock, routes }: Reacher,
  { target, signal }: ComeBackRequest,
  until: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      timer.cancel();
      stopWaiting();
      unlisten();
      try {
        throwIfAborted(signal);
        resolve();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const timer = clock.after(Math.max(0, until - clock.monotonic()), settle);
    const stopWaiting = routes.wait(target, settle);
    const unlisten = onceAborted(signal, settle);
    if (signal.aborted) settle();
  });
}

/** Half of the pause is certain and half is chance, so that hosts that were cut off together do not come back together. */
function pauseMs({ random }: Reacher, round: number): number {
  const ceiling = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(round, 10), LONGEST_PAUSE_MS);
  return ceiling / 2 + (random() * ceiling) / 2;
}

/** Asking again will not help, and may lock us out. */
function isHopeless(failure: Failure): boolean {
  if (failure.phase === 'verify') return true;
  return failure.code === 'auth-denied' || failure.code === 'auth-partial';
}

function hopeless(error: FailureError): FailureError {
  const { message, via } = error.failure;
  const failure: Failure = {
    phase: 'run',
    code: 'lost',
    message: safeLine(`contact was lost, and cannot be made again: ${message}`),
    mayHaveRun: true,
    via,
  };
  return new FailureError(failure, { cause: error });
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** An attempt that is younger than this goes on. */
const FRESH_MS = 500;
