/** The states of a job, by PowerShell's names (JobState). */
export type JobState =
  | 'NotStarted'
  | 'Running'
  | 'Completed'
  | 'Failed'
  | 'Stopped'
  | 'Blocked'
  | 'Suspending'
  | 'Suspended'
  | 'Stopping'
  | 'Disconnected';

export const JOB_STATES: readonly JobState[] = [
  'NotStarted',
  'Running',
  'Completed',
  'Failed',
  'Stopped',
  'Blocked',
  'Suspending',
  'Suspended',
  'Stopping',
  'Disconnected',
];

export type FinishedState = Extract<JobState, 'Completed' | 'Failed' | 'Stopped'>;

/** Finished: nothing about the job will change any more. */
export function isFinished(state: JobState): state is FinishedState {
  return state === 'Completed' || state === 'Failed' || state === 'Stopped';
}

/** Persistent: the job will not change by itself; what `wait` waits for. */
export function isPersistent(state: JobState): boolean {
  return isFinished(state) || state === 'Suspended' || state === 'Disconnected';
}

/**
 * What a child may become from each state. NotStarted goes straight to Failed when its work cannot
 * begin, and to Stopped when it is stopped in the queue; Suspended goes back to NotStarted when a
 * queued child is resumed.
 */
export const CHILD_TRANSITIONS: Readonly<Record<JobState, readonly JobState[]>> = {
  NotStarted: ['Running', 'Failed', 'Stopped', 'Suspended'],
  Running: [
    'Completed',
    'Failed',
    'Stopped',
    'Blocked',
    'Suspending',
    'Suspended',
    'Stopping',
    'Disconnected',
  ],
  Blocked: ['Running', 'Failed', 'Stopped', 'Stopping', 'Disconnected'],
  Suspending: [
    'Running',
    'Suspended',
    'Completed',
    'Failed',
    'Stopped',
    'Stopping',
    'Disconnected',
  ],
  Suspended: [
    'NotStarted',
    'Running',
    'Completed',
    'Failed',
    'Stopped',
    'Stopping',
    'Disconnected',
  ],
  Stopping: ['Stopped', 'Completed', 'Failed', 'Disconnected'],
  Disconnected: ['Running', 'Blocked', 'Suspended', 'Completed', 'Failed', 'Stopped', 'Stopping'],
  Completed: [],
  Failed: [],
  Stopped: [],
};

/** Thrown by the one setter of a child's state: a defect of ours, never an operator's mistake. */
export class IllegalTransition extends Error {
  override readonly name = 'IllegalTransition';
  readonly from: JobState;
  readonly to: JobState;

  constructor(from: JobState, to: JobState) {
    super(`a child job cannot go from ${from} to ${to}`);
    this.from = from;
    this.to = to;
  }
}

export function assertTransition(from: JobState, to: JobState): void {
  if (!CHILD_TRANSITIONS[from].includes(to)) throw new IllegalTransition(from, to);
}
