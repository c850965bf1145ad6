import { abortReason, onceAborted, throwIfAborted } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { safeLine } from '../base/safe-text.ts';
import { FailureError, isContactEnded, type Failure } from '../model/failure.ts';
import type { Connection, ConnectRequest } from '../model/ports/transport.ts';
import { reach, type Reacher, type ReachOptions } from './reach.ts';

export interface ComeBackRequest extends ConnectRequest {
  /** An attempt begins. */
  readonly attempted: () => void;
}

/**
 * A new connection to a host with which contact was lost, however long that takes: after waits that grow, and at once when
 * somebody gets through by the same way; an attempt that had begun before that is begun anew. `round`: 0, or where the waits
 * go on that an earlier loss had begun. Rejects with the signal's reason, and with a FailureError where it is hopeless.
 */
export async function comeBack(
  reacher: Reacher,
  request: ComeBackRequest,
  round = 0,
): Promise<Connection> {
  const { clock } = reacher;
  const calls = new Calls(clock);
  for (let rounds = round; ; rounds += 1) {
    const until = clock.monotonic() + pauseMs(reacher, rounds);
    if (await untilCalled(reacher, request, until, calls)) rounds = 0;
    let attempted = await attempt(reacher, request, calls, true);
    // The one after that has all the time it wants: else a slow host was never reached while others are.
    while (attempted === 'called') attempted = await attempt(reacher, request, calls, false);
    if (attempted !== 'failed') return attempted;
  }
}

/** The calls of others who got through. Where they do so all the time, and this host never, fewer and fewer are heeded. */
class Calls {
  readonly #clock: Clock;
  #from = Number.NEGATIVE_INFINITY;
  #everyMs = FIRST_CALLS_MS;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  heed(): boolean {
    const now = this.#clock.monotonic();
    if (now < this.#from) return false;
    this.#from = now + this.#everyMs;
    this.#everyMs = Math.min(2 * this.#everyMs, LAST_CALLS_MS);
    return true;
  }
}

/** A few attempts within so many milliseconds, although the work is to end; null where they fail, or that signal is given. Never rejects. */
export async function reachToEnd(
  reacher: Reacher,
  request: ComeBackRequest,
  ms: number,
  signal?: AbortSignal,
): Promise<Connection | null> {
  const over = new AbortController();
  const timer = reacher.clock.after(ms, () => over.abort());
  const unlisten = signal === undefined ? null : onceAborted(signal, () => over.abort());
  try {
    // Nobody can be asked meanwhile: a person takes longer.
    const urgent = { ...request, ask: null, signal: over.signal };
    const first = await attempt(reacher, urgent, new Calls(reacher.clock), true);
    return typeof first === 'string' ? await comeBack(reacher, urgent) : first;
  } catch {
    // Its time is over, or it is hopeless: the caller says that the end is not confirmed.
    return null;
  } finally {
    timer.cancel();
    unlisten?.();
  }
}

/** One attempt; or that it failed, or that a better one can begin at once, because somebody got through meanwhile. */
async function attempt(
  reacher: Reacher,
  request: ComeBackRequest,
  calls: Calls,
  mayAbandon: boolean,
): Promise<Connection | 'failed' | 'called'> {
  const { clock, routes } = reacher;
  const abort = new AbortController();
  const began = clock.monotonic();
  let isCalled = false;
  const unlisten = onceAborted(request.signal, () => abort.abort(request.signal.reason));
  const stopWaiting = routes.wait(request.target, () => {
    isCalled ||= calls.heed();
    // It may wait for a packet that was lost while the way was cut, for longer than a new one takes.
    if (isCalled && mayAbandon && clock.monotonic() - began > FRESH_MS) abort.abort();
  });
  try {
    return await reach(reacher, { ...request, signal: abort.signal }, optionsOf(request));
  } catch (error) {
    throwIfAborted(request.signal);
    if (abort.signal.aborted) return 'called';
    if (!(error instanceof FailureError)) throw error;
    if (isHopeless(error)) throw hopeless(error);
    return isCalled ? 'called' : 'failed';
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

/** Resolves at that time of the monotonic clock: false; or when somebody got through by the same way: true. */
function untilCalled(
  { clock, routes }: Reacher,
  { target, signal }: ComeBackRequest,
  until: number,
  calls: Calls,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const over = (): void => {
      timer.cancel();
      stopWaiting();
      unlisten();
    };
    const settle = (isCalled: boolean): void => {
      over();
      resolve(isCalled);
    };
    const refuse = (): void => {
      over();
      reject(abortReason(signal));
    };
    const timer = clock.after(Math.max(0, until - clock.monotonic()), () => settle(false));
    const stopWaiting = routes.wait(target, () => {
      if (calls.heed()) settle(true);
    });
    const unlisten = onceAborted(signal, refuse);
    if (signal.aborted) refuse();
  });
}

/** Half of the pause is certain and half is chance, so that hosts that were cut off together do not come back together. */
function pauseMs({ random }: Reacher, round: number): number {
  const ceiling = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(round, 10), LONGEST_PAUSE_MS);
  return ceiling / 2 + (random() * ceiling) / 2;
}

/** Asking again will not help, and may lock us out. */
function isHopeless(error: FailureError): boolean {
  const { phase, code } = error.failure;
  if (phase === 'verify') return true;
  return (code === 'auth-denied' || code === 'auth-partial') && !isContactEnded(error);
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
/** From one call that is heeded to the next. */
const FIRST_CALLS_MS = 4_000;
const LAST_CALLS_MS = 60_000;
