import type { JobState } from './state.ts';

/** How many children are in each state: all that a parent's state and counts depend on. */
export type StateTally = Readonly<Record<JobState, number>>;

export interface Counts {
  readonly completed: number;
  readonly failed: number;
  readonly stopped: number;
  /** Running, Blocked, Suspending, Suspended, Stopping and Disconnected. */
  readonly running: number;
  /** NotStarted. */
  readonly queued: number;
  readonly total: number;
}

export function emptyTally(): Record<JobState, number> {
  return {
    NotStarted: 0,
    Running: 0,
    Completed: 0,
    Failed: 0,
    Stopped: 0,
    Blocked: 0,
    Suspending: 0,
    Suspended: 0,
    Stopping: 0,
    Disconnected: 0,
  };
}

export function tally(states: Iterable<JobState>): StateTally {
  const result = emptyTally();
  for (const state of states) result[state] += 1;
  return result;
}

/** The parent's state: a pure function of its children and one fact, so that the order of events cannot matter. */
export function parentState(children: StateTally, stopRequested: boolean): JobState {
  const counts = countsOf(children);
  const unfinished = counts.running + counts.queued;
  if (children.Blocked > 0) return 'Blocked';
  if (stopRequested && unfinished > 0) return 'Stopping';
  if (children.Running + children.Stopping + children.NotStarted > 0) return 'Running';
  if (children.Suspending > 0) return 'Suspending';
  if (children.Disconnected > 0) return 'Disconnected';
  if (children.Suspended > 0) return 'Suspended';
  if (children.Failed > 0) return 'Failed';
  if (children.Stopped > 0) return 'Stopped';
  return 'Completed';
}

export function countsOf(children: StateTally): Counts {
  const running =
    children.Running +
    children.Blocked +
    children.Suspending +
    children.Suspended +
    children.Stopping +
    children.Disconnected;
  const { Completed: completed, Failed: failed, Stopped: stopped, NotStarted: queued } = children;
  return {
    completed,
    failed,
    stopped,
    running,
    queued,
    total: completed + failed + stopped + running + queued,
  };
}
