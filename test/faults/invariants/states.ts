import type { JobState } from '../../../src/model/state.ts';
import { parentOf } from '../../chaos/checker/parents.ts';
import { violation, type Violation } from './violation.ts';

/** A change of state, as `-O jsonl` and a controller's own changes have it. */
export interface StateSeen {
  readonly jobId: number;
  /** null: it is a parent's. */
  readonly parentId: number | null;
  readonly from: JobState;
  readonly to: JobState;
}

export interface StatesSeen {
  /** All changes of one job from its start on, in order. */
  readonly changes: readonly StateSeen[];
  /** The ids of its children: as many as it has. */
  readonly children: readonly number[];
  readonly fanout: number;
  /** Whether it was watched to its end. */
  readonly isWhole: boolean;
}

/** Invariants 1, 2, 3 and 6, over every change of one job and its children. */
export function checkStates({
  changes,
  children,
  fanout,
  isWhole,
}: StatesSeen): readonly Violation[] {
  const found: Violation[] = [];
  const states = new Map<number, JobState>(children.map((id) => [id, 'NotStarted']));
  let parent: JobState = 'NotStarted';
  let isOwed = false;
  for (const { jobId, parentId, from, to } of changes) {
    const told = `${jobId}: ${from} to ${to}`;
    if (parentId === null) {
      if (from !== parent)
        found.push(violation('events have no gap and no repeat', `${told}, and was ${parent}`));
      parent = to;
      isOwed = false;
      if (!allowed(states).includes(to))
        found.push(
          violation('a parent is a function of its children', `${told}, of ${listed(states)}`),
        );
      continue;
    }
    // The parent's change comes right behind the child's that makes it.
    if (isOwed) found.push(owed(parent, states));
    const before = states.get(jobId) ?? 'NotStarted';
    if (FINAL.has(before)) found.push(violation('a final state does not change', told));
    else if (before !== from)
      found.push(violation('events have no gap and no repeat', `${told}, and was ${before}`));
    states.set(jobId, to);
    const busy = [...states.values()].filter((state) => BUSY.has(state)).length;
    if (busy > fanout)
      found.push(violation('no more run at once than the fanout', `${busy} of ${fanout}: ${told}`));
    isOwed = !allowed(states).includes(parent);
  }
  if (!isWhole) return found;
  if (isOwed) found.push(owed(parent, states));
  for (const [id, state] of states) {
    if (!FINAL.has(state))
      found.push(violation('every target has one final state', `${id} is ${state} at the end`));
  }
  return found;
}

/** Whether it was asked to stop is not among its events. */
function allowed(states: ReadonlyMap<number, JobState>): readonly JobState[] {
  const all = [...states.values()];
  return [parentOf(all, false), parentOf(all, true)];
}

function owed(parent: JobState, states: ReadonlyMap<number, JobState>): Violation {
  const text = `${parent} stays, of ${listed(states)}`;
  return violation('a parent is a function of its children', text);
}

function listed(states: ReadonlyMap<number, JobState>): string {
  return [...new Set(states.values())].join(', ');
}

const FINAL: ReadonlySet<JobState> = new Set(['Completed', 'Failed', 'Stopped']);
const BUSY: ReadonlySet<JobState> = new Set(['Running', 'Blocked', 'Stopping', 'Suspending']);
