import type { Timer } from '../../base/clock.ts';
import { asError } from '../../base/system-error.ts';
import { ConfigError } from '../../model/errors.ts';
import { FailureError } from '../../model/failure.ts';
import type { WorkEnd } from '../../model/outcome.ts';
import { FileError } from '../../model/ports/files.ts';
import type { WorkContext } from '../../model/ports/work.ts';
import { onAbort } from '../on-abort.ts';
import { isLost, transferFailure } from './failure.ts';
import { openFiles, type HostFiles } from './open-files.ts';
import { Tally } from './tally.ts';

/** One attempt, on a connection of its own. Ends as WorkKind.run does; it also may throw a FileError. */
export type Attempt = (host: HostFiles, tally: Tally) => Promise<WorkEnd>;

/**
 * Connects and transfers. What is there already is not sent again, so that an attempt that lost contact in the middle may
 * be followed by another one, as often as the job allows.
 */
export async function attempts(context: WorkContext, attempt: Attempt): Promise<WorkEnd> {
  const tally = new Tally(context);
  for (let tries = 0; ; tries += 1) {
    try {
      return await once(context, attempt, tally);
    } catch (error) {
      if (context.signal.aborted) return endedBy(error, tally);
      const failure = failureOf(error, tally);
      if (!isLost(failure) || tries >= context.retries) throw failure;
    } finally {
      tally.report();
    }
  }
}

async function once(context: WorkContext, attempt: Attempt, tally: Tally): Promise<WorkEnd> {
  const abort = onAbort(context.signal);
  try {
    const host = await openFiles(context, abort);
    if (host === null) return { kind: 'ended', confirmed: true };
    context.started();
    const patience = endLate(context, host);
    try {
      return await attempt(host, tally);
    } finally {
      patience.cancel();
      await host.session.close();
    }
  } finally {
    abort.dispose();
  }
}

/** A server that answers no more is not waited for: a stop goes on without it after its grace. */
function endLate(
  { clock, signal, graceMs }: WorkContext,
  { session }: HostFiles,
): Pick<Timer, 'cancel'> {
  let timer: Timer | null = null;
  const begin = (): void => {
    timer = clock.after(graceMs, () => void session.close());
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return {
    cancel: () => {
      signal.removeEventListener('abort', begin);
      timer?.cancel();
    },
  };
}

/** What was to be ended has ended, whatever it says; only contact that was lost leaves a doubt about the host. */
function endedBy(error: unknown, { hasChanged }: Tally): WorkEnd {
  return isLost(error) && hasChanged
    ? { kind: 'ended', confirmed: false, note: 'contact with the host was lost' }
    : { kind: 'ended', confirmed: true };
}

/** What the host said no to, as the failure that it is. */
function failureOf(error: unknown, tally: Tally): FailureError {
  const { hasChanged } = tally;
  if (error instanceof FileError || error instanceof ConfigError) {
    return transferFailure(error.message, hasChanged, 'transfer', error);
  }
  if (!(error instanceof FailureError)) throw asError(error);
  if (error.failure.mayHaveRun || !hasChanged) return error;
  return new FailureError({ ...error.failure, mayHaveRun: true }, { cause: error });
}
