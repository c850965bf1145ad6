import { safeLine } from '../base/safe-text.ts';
import { FailureError } from '../model/failure.ts';
import type { WorkEnd } from '../model/outcome.ts';
import type { WorkContext } from '../model/ports/work.ts';
import { begin, type Begun, type OutputFilter } from './begin.ts';
import { endOf } from './command-end.ts';
import type { CommandExtras } from './exec-options.ts';
import { pumpInput } from './input-pump.ts';
import { onAbort, type AbortWaiter } from './on-abort.ts';
import type { RemoteCommand } from './remote-command.ts';
import type { Ending } from './stop/ending.ts';
import { endCommand } from './stop/ladder.ts';
import { Suspension } from './suspension.ts';

/**
 * Runs a command line by the login shell of the target's user, or as whom the job says, from its connection to its end: its own, or the one that is
 * asked for. The one road by which work runs something on a host.
 */
export async function runRemote(
  text: string,
  context: WorkContext,
  filter: OutputFilter | null = null,
  extras: CommandExtras = {},
): Promise<WorkEnd> {
  const abort = onAbort(context.signal);
  let begun: Begun | null = null;
  try {
    const began = await begin(text, context, abort, filter, extras);
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
  const { command } = begun;
  const suspension = new Suspension(command, { clock: context.clock });
  const running: Running = { command, suspension };
  if (context.signal.aborted) return stop(running, context);
  context.suspendable(suspension);
  const pump = pumpInput(context.input, command.channel, command.input);
  try {
    const first = await Promise.race([command.channel.ended, abort.happened, pump.failed]);
    if (first === 'aborted') return await stop(running, context);
    if (first instanceof Error) return await giveUp(first, running, context);
    return endOf(first, {
      ms: context.clock.monotonic() - command.sentAt,
      bytes: begun.bytes(),
    });
  } finally {
    pump.stop();
    context.suspendable(null);
    suspension.close();
  }
}

interface Running {
  readonly command: RemoteCommand;
  readonly suspension: Suspension;
}

async function end({ command, suspension }: Running, context: WorkContext): Promise<Ending> {
  const { clock, graceMs } = context;
  context.suspendable(null);
  return endCommand(command, { clock, graceMs }, await suspension.leave());
}

async function stop(running: Running, context: WorkContext): Promise<WorkEnd> {
  const { confirmed, note } = await end(running, context);
  return note === null
    ? { kind: 'ended', confirmed }
    : { kind: 'ended', confirmed, note: safeLine(note) };
}

/** A command whose input breaks off must not take the rest for the whole: it is ended. */
async function giveUp(error: Error, running: Running, context: WorkContext): Promise<never> {
  const { confirmed } = await end(running, context);
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
