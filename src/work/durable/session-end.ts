import { safeLine } from '../../base/safe-text.ts';
import { FailureError, type Failure } from '../../model/failure.ts';
import type { WorkEnd } from '../../model/outcome.ts';
import type { HostEnd, Said } from './session-output.ts';

/** How a session with the host ended. */
export type SessionEnd =
  | { readonly kind: 'over'; readonly end: WorkEnd }
  | { readonly kind: 'aborted' }
  /** It is to be gone on with. `reason`: safe text. */
  | { readonly kind: 'cut'; readonly reason: string };

/** What a session came to by what was said in it; null: nothing yet. Throws a FailureError where that is all. */
export function endOf(heard: readonly Said[]): SessionEnd | null {
  for (const said of heard) {
    switch (said.kind) {
      case 'end':
        return { kind: 'over', end: workEnd(said.end) };
      case 'fail':
        throw new FailureError(failure('local', 'store', said.why, false));
      case 'gone':
        throw new FailureError(failure('run', 'lost', GONE, true));
      case 'none':
        throw new FailureError(failure('run', 'lost', NONE, true));
      case 'began':
      case 'attached':
      case 'note':
    }
  }
  return null;
}

function workEnd({ code, signal, isFull }: HostEnd): WorkEnd {
  if (isFull) {
    const failed = failure('local', 'store', FULL, true);
    return { kind: 'failed', failure: failed, ...(code === null ? {} : { exitCode: code }) };
  }
  if (signal !== null) return { kind: 'signal', signal, core: false };
  return { kind: 'exit', code: code ?? 0 };
}

export function failure(
  phase: Failure['phase'],
  code: Failure['code'],
  message: string,
  mayHaveRun: boolean,
): Failure {
  return { phase, code, message: safeLine(message), mayHaveRun, via: null };
}

export const ON_TERMINAL =
  'the host lets nobody become another user without a terminal, and a durable command has none';
const FULL = 'no room was left on the host for its output: it may be cut short';
const GONE = 'its supervisor on the host is gone: the host was restarted, or somebody killed it';
export const NONE = 'what the host kept of it is gone';
export const KILLS_AT_LOGOUT =
  "this host ends its users' processes at logout (KillUserProcesses): the command may not outlive the connection";
/** A host that is being shut down lets one in, and ends the session; whose shell does not run a program never will. */
export const MOST_IDLE = 20;
export const MOST_IDLE_AT_FIRST = 4;

/** It is to stay as it is on its host. */
export function isDetached(signal: AbortSignal): boolean {
  const reason: unknown = signal.reason;
  return (
    typeof reason === 'object' && reason !== null && 'kind' in reason && reason.kind === 'detach'
  );
}
