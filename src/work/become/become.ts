import type { TtySize } from '../../model/ports/transport.ts';
import type { RemoteCommand } from '../remote-command.ts';
import { Attempt, type BecomeRequest } from './attempt.ts';

export type { BecomeRequest };

/**
 * Has another user run a command: resolves when that user's shell was told to begin it. Rejects with a FailureError, whose
 * `mayHaveRun` is false, or as `ask` and `go` do; then nothing was run, and the method has ended or is made to.
 *
 * It begins without a terminal, so that output, errors and input stay what they are; where the method says that it works
 * on a terminal only, it gets one. It is called again, too, where it did not wait until somebody had given the password.
 */
export async function sendAs(request: BecomeRequest, mayExpire = true): Promise<RemoteCommand> {
  const end = await new Attempt(request).run();
  if (end.kind === 'begun') return end.command;
  const again = { ...request, become: end.become };
  if (end.kind === 'expired') {
    if (!mayExpire) throw end.failure;
    return sendAs(again, false);
  }
  if (request.options.tty !== undefined) throw end.failure;
  const options = { ...request.options, tty: PLAIN_TERMINAL };
  return { ...(await sendAs({ ...again, options }, mayExpire)), input: 'own-terminal' };
}

/** For the method's own sake. */
export const PLAIN_TERMINAL: TtySize = { columns: 80, rows: 24 };
