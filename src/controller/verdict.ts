import { safeLine } from '../base/safe-text.ts';
import { FailureError, type Failure } from '../model/failure.ts';
import type { Outcome, StopCause, WorkEnd } from '../model/outcome.ts';

/** What the verdict on a child depends on beside the end of its work. */
export interface VerdictFacts {
  /** Why the work was made to end; null where nobody asked. */
  readonly cause: StopCause | null;
  /** Whether the command was sent. */
  readonly sent: boolean;
  readonly okCodes: readonly number[];
  /** Said of its output, however it ended. Absent or null: nothing is. */
  readonly note?: string | null;
}

/** The one place that decides how a child ended. Total: every end of work has its outcome. */
export function verdict(end: WorkEnd, facts: VerdictFacts): Outcome {
  return noted(outcomeOf(end, facts), facts);
}

function outcomeOf(end: WorkEnd, facts: VerdictFacts): Outcome {
  // What came behind the limit is gone: no end of its own makes up for that.
  if (facts.cause?.kind === 'output-limit') return overLimit(end, facts.cause.limitBytes);
  if (facts.cause?.kind === 'store') return unkept(end, facts.cause.why, facts);
  switch (end.kind) {
    case 'exit':
      return facts.okCodes.includes(end.code)
        ? { ...COMPLETED, exitCode: end.code, statusMessage: end.note ?? null }
        : {
            ...failed(runFailure('exit-code', `exit code ${end.code}`), end.note),
            exitCode: end.code,
          };
    case 'signal': {
      const message = `killed by signal ${end.signal}${end.core ? ' (core dumped)' : ''}`;
      return { ...failed(runFailure('signal', message), end.note), signal: end.signal };
    }
    case 'done':
      return { ...COMPLETED, statusMessage: end.note ?? null };
    case 'failed':
      return { ...failed(end.failure), exitCode: end.exitCode ?? null };
    case 'ended':
      return ended(end, facts);
  }
}

/** The verdict where the work threw. */
export function verdictOfError(error: unknown, facts: VerdictFacts): Outcome {
  return noted(outcomeOfError(error, facts), facts);
}

function outcomeOfError(error: unknown, facts: VerdictFacts): Outcome {
  if (facts.cause !== null && !(error instanceof FailureError && facts.sent)) {
    return outcomeOf({ kind: 'ended', confirmed: !facts.sent }, facts);
  }
  if (error instanceof FailureError) return failed(error.failure);
  const text = error instanceof Error ? error.message : String(error);
  return failed({
    phase: 'local',
    code: 'internal',
    message: safeLine(`internal error: ${text}`),
    mayHaveRun: facts.sent,
    via: null,
  });
}

/** A child that was stopped before its turn came. */
export function stoppedInQueue(by: string): Outcome {
  return {
    ...COMPLETED,
    state: 'Stopped',
    statusMessage: safeLine(`stopped by ${by}; not started`),
  };
}

/** A child that is not begun any more. */
export function skipped(failure: Failure): Outcome {
  return { ...COMPLETED, state: 'Stopped', failure };
}

/** The same, of a child whose output could not all be kept for who wants to receive it. */
export function withoutOutput(outcome: Outcome): Outcome {
  const lost = 'its unread output was lost with its controller';
  const { statusMessage } = outcome;
  const text = statusMessage === null ? lost : `${statusMessage}; ${lost}`;
  return { ...outcome, statusMessage: safeLine(text) };
}

function ended(end: Extract<WorkEnd, { kind: 'ended' }>, facts: VerdictFacts): Outcome {
  const tail = tailOf(end);
  if (facts.cause?.kind === 'timeout') {
    const message = `timed out after ${seconds(facts.cause.limitMs)}${tail}`;
    return { ...failed(runFailure('timeout', message)), endConfirmed: end.confirmed };
  }
  if (facts.cause?.kind === 'skip' && !facts.sent) return skipped(facts.cause.failure);
  const by = facts.cause?.kind === 'stop' ? facts.cause.by : 'the work itself';
  // An end in doubt is one of a command that may have been sent, and was not answered.
  const when = facts.sent || !end.confirmed ? '' : ' before the command was sent';
  return {
    ...COMPLETED,
    state: 'Stopped',
    statusMessage: safeLine(`stopped by ${by}${when}${tail}`),
    endConfirmed: end.confirmed,
  };
}

function overLimit(end: WorkEnd, limitBytes: number): Outcome {
  const message = `more than ${limitBytes} bytes of output`;
  if (end.kind !== 'ended') {
    return failed(runFailure('output-limit', `${message}; it ended before it was stopped`));
  }
  const failure = runFailure('output-limit', `${message}; it was stopped${tailOf(end)}`);
  return { ...failed(failure), endConfirmed: end.confirmed };
}

function unkept(end: WorkEnd, why: string, { sent }: VerdictFacts): Outcome {
  const tail = end.kind === 'ended' ? tailOf(end) : '';
  const message = safeLine(`no room for its output: ${why}${tail}`);
  const failure: Failure = { phase: 'local', code: 'store', message, mayHaveRun: sent, via: null };
  return { ...failed(failure), endConfirmed: end.kind === 'ended' ? end.confirmed : null };
}

function tailOf({ confirmed, note }: Extract<WorkEnd, { kind: 'ended' }>): string {
  const doubt = confirmed ? '' : '; its end on the host is not confirmed';
  return `${doubt}${note === undefined ? '' : ` (${note})`}`;
}

function noted(outcome: Outcome, { note = null }: VerdictFacts): Outcome {
  if (note === null) return outcome;
  const { statusMessage } = outcome;
  return { ...outcome, statusMessage: statusMessage === null ? note : `${statusMessage}; ${note}` };
}

function runFailure(code: RunCode, message: string): Failure {
  return { phase: 'run', code, message: safeLine(message), mayHaveRun: true, via: null };
}

type RunCode = 'exit-code' | 'signal' | 'timeout' | 'output-limit';

function failed(failure: Failure, note?: string): Outcome {
  if (failure.code === 'skipped') return skipped(failure);
  return { ...COMPLETED, state: 'Failed', failure, statusMessage: note ?? null };
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(3))} s`;
}

const COMPLETED: Outcome = {
  state: 'Completed',
  exitCode: null,
  signal: null,
  failure: null,
  statusMessage: null,
  endConfirmed: null,
};
