import { randomUUID } from 'node:crypto';
import { safeLine } from '../../base/safe-text.ts';
import { FailureError } from '../../model/failure.ts';
import type { WorkEnd } from '../../model/outcome.ts';
import type { WorkContext } from '../../model/ports/work.ts';
import type { OutputFilter } from '../begin.ts';
import { endOf } from '../command-end.ts';
import { pumpInput } from '../input-pump.ts';
import { onAbort, type AbortWaiter } from '../on-abort.ts';
import { kinOf, type Kin } from './end-process.ts';
import { LocalOutput } from './local-output.ts';
import { withRoom } from './room.ts';
import { startProcess, type LocalProcess } from './spawn.ts';

/** What is to be run: every word is its own, and goes to the program as it is. */
export interface LocalCall {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A program on this machine, from its start to its end: its own, or the one that is asked for. */
export async function runLocal(
  call: LocalCall,
  context: WorkContext,
  filter: OutputFilter | null = null,
): Promise<WorkEnd> {
  const abort = onAbort(context.signal);
  const output = new LocalOutput(context, filter);
  try {
    const kin = await begin(call, context, output, abort);
    if (kin === null) return { kind: 'ended', confirmed: true };
    return await follow(kin, context, output, abort);
  } finally {
    context.suspendable(null);
    output.close();
    abort.dispose();
  }
}

/** A program under way, and all that descends from it. */
interface Started extends LocalProcess {
  readonly kin: Kin;
}

/** null: it was to end before it was begun. */
async function begin(
  call: LocalCall,
  context: WorkContext,
  output: LocalOutput,
  abort: AbortWaiter,
): Promise<Kin | null> {
  const mark = randomUUID();
  const env = { ...call.env, [MARK]: mark };
  const request = { argv: call.argv, cwd: call.cwd, env, hasInput: context.input !== null };
  const start = async (): Promise<Started | null> => {
    await Promise.race([context.go(), abort.happened]);
    if (context.signal.aborted) return null;
    const started = await startProcess(request, output.listener, context.clock);
    return { ...started, kin: kinOf(started.pid, `${MARK}=${mark}`, context.clock) };
  };
  const started = await withRoom(start, abort.happened);
  if (started === null) return null;
  output.flowsFrom(started);
  context.started();
  context.suspendable(started.kin);
  return started.kin;
}

async function follow(
  kin: Kin,
  context: WorkContext,
  output: LocalOutput,
  abort: AbortWaiter,
): Promise<WorkEnd> {
  const from = context.clock.monotonic();
  const pump = pumpInput(context.input, output);
  try {
    const first = await Promise.race([output.ended, abort.happened, pump.failed]);
    if (first === 'aborted') return await stop(kin, output, context);
    if (first instanceof Error) return await giveUp(first, kin, context);
    return endOf(first, { ms: context.clock.monotonic() - from, bytes: output.bytes });
  } finally {
    pump.stop();
  }
}

async function stop(kin: Kin, output: LocalOutput, context: WorkContext): Promise<WorkEnd> {
  const { confirmed, note } = await kin.end(context.graceMs);
  // The outputs end with the last process that has them open: one that nobody could see shows here.
  const isHeld = confirmed && !(await output.letGo());
  if (isHeld) return { kind: 'ended', confirmed: false, note: 'something keeps its output open' };
  return note === null ? { kind: 'ended', confirmed } : { kind: 'ended', confirmed, note };
}

/** A program whose input breaks off must not take the rest for the whole: it is ended. */
async function giveUp(error: Error, kin: Kin, context: WorkContext): Promise<never> {
  const { confirmed } = await kin.end(context.graceMs);
  const doubt = confirmed ? '' : '; the command may still run';
  const message = safeLine(`the input could not be read: ${error.message}`, 200 - doubt.length);
  throw new FailureError(
    { phase: 'local', code: 'internal', message: message + doubt, mayHaveRun: true, via: null },
    { cause: error },
  );
}

/** In the environment of each program that is started: all that descends from it can be told by that. */
const MARK = 'MUSTER_LOCAL_ID';
