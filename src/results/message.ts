import type { ChildView } from '../model/job.ts';
import type { Failure, Phase } from '../model/failure.ts';

/** What became of a host, in the words of the summary; in the order in which it lists them. */
export type OutcomeKind =
  | 'completed'
  | 'failed'
  | 'timed out'
  /** The command was sent, and how it ended is not known. */
  | 'lost'
  /** No login, and not for want of a right: name, network, greeting. */
  | 'unreachable'
  /** Its host key was not accepted. */
  | 'untrusted'
  /** The login, or becoming another user, was not granted. */
  | 'denied'
  | 'stopped'
  /** Never begun, because too many others had failed. */
  | 'skipped'
  | 'unfinished';

export const OUTCOME_KINDS: readonly OutcomeKind[] = [
  'completed',
  'failed',
  'timed out',
  'lost',
  'unreachable',
  'untrusted',
  'denied',
  'stopped',
  'skipped',
  'unfinished',
];

export function outcomeKind(child: ChildView): OutcomeKind {
  switch (child.state) {
    case 'Completed':
      return 'completed';
    case 'Failed':
      return child.failure === null ? 'failed' : failureKind(child.failure);
    case 'Stopped':
      return child.failure?.code === 'skipped' ? 'skipped' : 'stopped';
    case 'NotStarted':
    case 'Running':
    case 'Blocked':
    case 'Suspending':
    case 'Suspended':
    case 'Stopping':
    case 'Disconnected':
      return 'unfinished';
  }
}

/** Why, in one line of safe text; null where there is nothing to say. */
export function outcomeReason(child: ChildView): string | null {
  if (outcomeKind(child) === 'unfinished')
    return child.state === 'NotStarted' ? 'not started' : 'running';
  if (child.failure === null) return child.statusMessage;
  const message = failureMessage(child.failure);
  return child.statusMessage === null ? message : `${message}; ${child.statusMessage}`;
}

/** A failure's sentence, with the hop that it belongs to where that is not the host itself. */
export function failureMessage(failure: Failure): string {
  return failure.via === null ? failure.message : `jump host ${failure.via}: ${failure.message}`;
}

/** Whether something of the command may still be there, though it was made to end. */
export function endUnconfirmed(child: ChildView): boolean {
  return child.endConfirmed === false;
}

function failureKind(failure: Failure): OutcomeKind {
  if (failure.code === 'timeout') return 'timed out';
  if (failure.code === 'lost' || failure.code === 'no-status') return 'lost';
  return KIND_OF_PHASE[failure.phase];
}

const KIND_OF_PHASE: Readonly<Record<Phase, OutcomeKind>> = {
  resolve: 'unreachable',
  connect: 'unreachable',
  handshake: 'unreachable',
  verify: 'untrusted',
  authenticate: 'denied',
  open: 'failed',
  become: 'denied',
  run: 'failed',
  transfer: 'failed',
  local: 'failed',
};
