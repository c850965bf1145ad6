import { randomUUID } from 'node:crypto';
import type { WorkEnd } from '../../model/outcome.ts';
import type { WorkContext } from '../../model/ports/work.ts';
import type { OutputFilter } from '../begin.ts';
import type { CommandExtras } from '../exec-options.ts';
import { runRemote } from '../run-remote.ts';
import { inputAfter } from './ahead.ts';
import { hostVariables } from './host-variables.ts';
import { readerInput, readerLine, waitingReaderLine } from './reader.ts';
import { takeMark } from './take-mark.ts';

/** What a shell of ours on the host is to run, and what that reads from its input before the command does. */
export interface Wrapped {
  /** For a POSIX shell. */
  readonly program: string;
  readonly bytes: Buffer | null;
}

/** Has a shell of ours run a program on the host, with the command's input behind it. */
export function runWrapped(
  { program, bytes }: Wrapped,
  context: WorkContext,
  filter: OutputFilter | null,
  extras: CommandExtras = {},
): Promise<WorkEnd> {
  const buffers = [readerInput(program), ...(bytes === null ? [] : [bytes])];
  const variables = { ...extras, env: hostVariables(context) };
  if (!mayBeOnTty(context, extras)) {
    const input = inputAfter({ buffers }, context.input);
    return runRemote(readerLine(), { ...context, input }, filter, variables);
  }
  const marks = { ready: `muster-${randomUUID()}-ready:`, done: `muster-${randomUUID()}-done:` };
  const done = takeMark(Buffer.from(marks.done), filter ?? passing(context));
  const ready = takeMark(Buffer.from(marks.ready), done);
  const ahead = { buffers, ready: ready.isThere, done: done.isThere };
  const input = inputAfter(ahead, context.input);
  return runRemote(waitingReaderLine(marks), { ...context, input }, ready, variables);
}

/** Some methods become another user on a terminal only, and get one. */
function mayBeOnTty({ become, target }: WorkContext, { tty }: CommandExtras): boolean {
  const setting = target.ssh?.tty ?? 'auto';
  return become !== null || (tty ?? null) !== null || setting === 'yes' || setting === 'force';
}

function passing(context: WorkContext): OutputFilter {
  return { take: (stream, bytes) => context.write(stream, bytes), end: () => undefined };
}
