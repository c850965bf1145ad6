import { safeLine } from '../base/safe-text.ts';
import { ConfigError } from '../model/errors.ts';
import { FailureError } from '../model/failure.ts';
import type { WorkEnd } from '../model/outcome.ts';
import type { WorkContext, WorkKind, WorkSpec } from '../model/ports/work.ts';
import { begin, type Begun } from './begin.ts';
import { endOf } from './command-end.ts';
import { pumpInput } from './input-pump.ts';
import { onAbort, type AbortWaiter } from './on-abort.ts';
import { endCommand } from './stop/ladder.ts';

/** A command line for the login shell of each target's user, sent as it was typed. */
export interface CommandSpec extends WorkSpec {
  readonly kind: 'command';
  readonly command: string;
}

export const commandKind: WorkKind<CommandSpec> = {
  kind: 'command',
  jobType: 'RemoteJob',
  parse,
  describe: (spec) => spec.command,
  run,
};

function parse({ command }: WorkSpec): CommandSpec {
  if (typeof command !== 'string') throw new ConfigError('usage', 'a command has to be text');
  if (command.trim() === '') throw new ConfigError('usage', 'the command is empty');
  // Servers take it as a C string, and end the connection over this.
  if (command.includes('\0')) throw new ConfigError('usage', 'the command holds a NUL character');
  return { kind: 'command', command };
}

async function run(spec: CommandSpec, context: WorkContext): Promise<WorkEnd> {
  const abort = onAbort(context.signal);
  let begun: Begun | null = null;
  try {
    const began = await begin(spec.command, context, abort);
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
