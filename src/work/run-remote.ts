import { safeLine } from '../base/safe-text.ts';
import { FailureError } from '../model/failure.ts';
import type { WorkEnd } from '../model/outcome.ts';
import type { WorkContext } from '../model/ports/work.ts';
import { begin, type Begun, type OutputFilter } from './begin.ts';
import { endOf } from './command-end.ts';
import { pumpInput } from './input-pump.ts';
import { onAbort, type AbortWaiter } from './on-abort.ts';
import { endCommand } from './stop/ladder.ts';

/**
 * Runs a command line by the login shell of the target's user, from its connection to its end: its own, or the one that is
 * asked for. The one road by which work runs something on a host.
 */
export async function runRemote(
  text: string,
  context: WorkContext,
  filter: OutputFilter | null = null,
): Promise<WorkEnd> {
  const abort = onAbort(context.signal);
  let begun: Begun | null = null;
  try {
    const began = await begin(text, context, abort, filter);
    if ('kind' in began) return began;
    begun = began;
    return await follow(begun, context, abort);
  } finally {
    begun?.mute();
    abort.dispose();
  }
}

/** From the command's acceptance to its end: its own, or the one that is asked for. */
async function follow(begun: Begun, context: WorkContext, abort: AbortWaiter): Promise<WorkEnd> {
  const { channel, sentAt } = begun.command;
  if (context.signal.aborted) return stop(begun, context);
  const pump = pumpInput(context.input, channel);
  try {
    const first = await Promise.race([channel.ended, abort.happened, pump.failed]);
    if (first === 'aborted') return await stop(begun, context);
    if (first instanceof Error) return await giveUp(first, begun, context);
    return endOf(first, { ms: context.clock.monotonic() - sentAt, bytes: begun.bytes() });
  } finally {
    pump.stop();
  }
}

async function stop({ command }: Begun, { clock, graceMs }: WorkContext): Promise<WorkEnd> {
  const { confirmed, note } = await endCommand(command, { clock, graceMs });
  return note === null
    ? { kind: 'ended', confirmed }
    : { kind: 'ended', confirmed, note: safeLine(note) };
}

/** A command whose input breaks off must not take the rest for the whole: it is ended. */
async function giveUp(error: Error, { command }: Begun, context: WorkContext): Promise<never> {
  const { confirmed } = await endCommand(command, context);
  const doubt = confirmed ? '' : '; the command may still run';
  const message = `the input could not be read: ${error.message}`;
  throw new FailureError(
    {
      phase: 'local',
      code: 'internal',
      message: safeLine(safeLine(message, 200 - doubt.length) + doubt),
      mayHaveRun: true,
      via: null,
    },
    { cause: error },
  );
}
