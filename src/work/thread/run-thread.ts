import { safeLine } from '../../base/safe-text.ts';
import type { Failure } from '../../model/failure.ts';
import type { WorkEnd } from '../../model/outcome.ts';
import type { WorkContext } from '../../model/ports/work.ts';
import { onAbort } from '../on-abort.ts';
import { within } from '../stop/patience.ts';
import type { ThreadSpec } from './spec.ts';
import { startWorker, type ThreadWorker, type WorkerEnd, type WorkerListener } from './worker.ts';

/** A function in a thread of this process, from its call to its end: its own, or the one that is asked for. */
export async function runThread(spec: ThreadSpec, context: WorkContext): Promise<WorkEnd> {
  const abort = onAbort(context.signal);
  try {
    await Promise.race([context.go(), abort.happened]);
    if (context.signal.aborted) return { kind: 'ended', confirmed: true };
    const worker = startWorker(spec, listenerOf(context));
    context.onPressure((pause) => worker.press(pause));
    const first = await Promise.race([worker.ended, abort.happened]);
    if (first === 'aborted') return await stop(worker, context);
    // Timers and sockets that the function left open end with the thread.
    const isGone = await ended(worker, context);
    return endOf(first, isGone, context);
  } finally {
    abort.dispose();
  }
}

function listenerOf(context: WorkContext): WorkerListener {
  return {
    online: () => context.started(),
    said: (message) => {
      switch (message.kind) {
        case 'write':
          if (message.structured) context.write(message.stream, message.data, true);
          else context.write(message.stream, message.data);
          return;
        case 'progress':
          context.progress({ percent: message.percent, text: safeLine(message.text) });
      }
    },
  };
}

/** A function that looks at its signal gets its grace time to end by itself; one that does not cannot use it. */
async function stop(worker: ThreadWorker, context: WorkContext): Promise<WorkEnd> {
  // One that waits for room to write in could not hear.
  worker.press(false);
  if (worker.askToStop()) await within(context.clock, context.graceMs, worker.ended);
  return (await ended(worker, context))
    ? { kind: 'ended', confirmed: true }
    : { kind: 'ended', confirmed: false, note: STILL_THERE };
}

/** Whether the thread is gone: a call into the system that blocks holds it. */
async function ended(worker: ThreadWorker, { clock }: WorkContext): Promise<boolean> {
  const gone = worker.terminate().then(() => true);
  return (await within(clock, TERMINATE_MS, gone)) ?? false;
}

function endOf(end: WorkerEnd, isGone: boolean, context: WorkContext): WorkEnd {
  const note = isGone ? {} : { note: STILL_THERE };
  switch (end.kind) {
    case 'returned':
      return { kind: 'done', ...note };
    case 'exited':
      return { kind: 'exit', code: end.code, ...note };
    case 'stuck':
      return threw('the function waits for something that never comes');
    case 'threw':
      context.write('error', Buffer.from(`${end.whole}\n`));
      return threw(end.message);
    case 'not-loaded':
      return { kind: 'failed', failure: notLoaded(end.message) };
  }
}

/** As a command that exits with 1 does. */
function threw(message: string): WorkEnd {
  const [first = ''] = message.split('\n');
  const failure: Failure = {
    phase: 'run',
    code: 'exit-code',
    message: safeLine(first) || 'an error without a text',
    mayHaveRun: true,
    via: null,
  };
  return { kind: 'failed', failure, exitCode: 1 };
}

/** Its module may have done something when it was loaded. */
function notLoaded(message: string): Failure {
  return {
    phase: 'open',
    code: 'exec-refused',
    message: safeLine(`cannot call the function: ${message}`),
    mayHaveRun: true,
    via: null,
  };
}

const STILL_THERE = 'its thread has not ended yet';
const TERMINATE_MS = 2_000;
