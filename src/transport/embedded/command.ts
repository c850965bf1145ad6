import { throwIfAborted } from '../../base/abort.ts';
import { delay } from '../../base/clock.ts';
import { parseCommandLine } from './command-line.ts';
import { runCommand, type CommandIo } from './commands.ts';

/**
 * Runs a command line as the embedded host that `io` describes, and returns its exit status. Nothing outside this
 * process is ever started. Rejects with the signal's reason when the command is ended from outside.
 */
export async function runCommandLine(line: string, io: CommandIo): Promise<number> {
  const { profile } = io;
  await delay(io.clock, profile.delayMs, io.signal);
  if (profile.kind === 'failing') {
    await io.error(`demo: ${profile.name} was made to fail: every command on it exits 3\n`);
    return MADE_TO_FAIL;
  }
  const parsed = parseCommandLine(line);
  if (!parsed.ok) {
    await io.error(`demo: ${parsed.message}\n`);
    return SYNTAX_ERROR;
  }
  let status = 0;
  for (const { words, after, toError } of parsed.steps) {
    if ((after === 'success' && status !== 0) || (after === 'failure' && status === 0)) continue;
    if (words[0] === 'exit') return exitStatus(words[1], status);
    status = await runCommand(words, toError ? { ...io, output: io.error } : io);
    throwIfAborted(io.signal);
  }
  return status;
}

/** exit(1): the low eight bits of its argument, else the status of the command before it. */
function exitStatus(argument: string | undefined, previous: number): number {
  if (argument === undefined) return previous;
  return /^\d+$/u.test(argument) ? Number(argument) & 0xff : SYNTAX_ERROR;
}

const MADE_TO_FAIL = 3;
/** What dash exits with on a line that it cannot read. */
const SYNTAX_ERROR = 2;
