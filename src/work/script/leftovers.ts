import type { Connection } from '../../model/ports/transport.ts';
import type { WorkContext } from '../../model/ports/work.ts';
import { quote } from '../quote.ts';
import { runRemote } from '../run-remote.ts';
import { within } from '../stop/patience.ts';

/**
 * Runs a line of /bin/sh behind the work, on the connection that it had, whether or not the work was to end: what it says
 * goes nowhere. False where it did not come to its end.
 */
export async function runBehind(
  line: string,
  connection: Connection,
  context: WorkContext,
): Promise<boolean> {
  const quiet: WorkContext = {
    ...context,
    signal: new AbortController().signal,
    input: null,
    ask: null,
    connect: () => Promise.resolve(connection),
    go: () => Promise.resolve(),
    write: () => undefined,
    onPressure: () => () => undefined,
    report: () => undefined,
    progress: () => undefined,
    phase: () => undefined,
    suspendable: () => undefined,
    started: () => undefined,
  };
  const done = runRemote(`exec /bin/sh -c ${quote(line)}`, quiet).then(
    (end) => end.kind === 'exit' && end.code === 0,
    // Contact was lost, or the host takes no more commands: the caller tells what may be left.
    () => false,
  );
  return (await within(context.clock, PATIENCE_MS, done)) ?? false;
}

const PATIENCE_MS = 5_000;
