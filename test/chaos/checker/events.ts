import type { JobState } from '../../../src/model/state.ts';
import type { Timed } from '../history.ts';
import type { JobHistory } from './job-history.ts';
import type { Violation } from './check.ts';

/** What one stream of events has told until now. */
interface Told {
  /** Of each job the state that it was said to be in last. */
  readonly states: Map<number, JobState>;
  /** Of each parent those of its children that were said to run. */
  readonly running: Map<number, Set<number>>;
  /** Jobs of whose children it has told. */
  readonly parents: Set<number>;
}

/**
 * Each stream of events goes on, for each job, from the state that it told before: no gap, and nothing twice. And at no
 * instant of it do more children of a job run than its fanout says.
 */
export function checkEvents(
  history: readonly Timed[],
  jobs: readonly JobHistory[],
): readonly Violation[] {
  const fanouts = new Map<number, { readonly fanout: number; readonly from: number }>();
  for (const { plan, reply, seen } of jobs) {
    // One in the foreground may be of a controller of its own, which counts from 1.
    const id = reply === null ? undefined : seen[0]?.entry.id;
    if (id !== undefined) fanouts.set(id, { fanout: plan.fanout, from: reply?.line ?? 0 });
  }
  const streams = new Map<number, Told>();
  const found: Violation[] = [];
  for (const [line, entry] of history.entries()) {
    if (entry.what !== 'change') continue;
    const { stream, id, parentId, from, to } = entry;
    const told: Told = streams.get(stream) ?? {
      states: new Map(),
      running: new Map(),
      parents: new Set(),
    };
    streams.set(stream, told);
    const before = told.states.get(id) ?? from;
    told.states.set(id, to);
    if (before !== from || from === to) {
      const text = `job ${id}: ${from} to ${to}, after ${before}`;
      found.push({ invariant: 'events have no gap and no repeat', text, lines: [line] });
    }
    if (parentId === null) continue;
    told.parents.add(parentId);
    const running: Set<number> = told.running.get(parentId) ?? new Set();
    told.running.set(parentId, running);
    // One that is to stop is one of them until it has, unless it waited to be looked for again.
    if (to === 'Running') running.add(id);
    else if (to !== 'Stopping') running.delete(id);
    // Who begins to follow one job is told the shortest way to what it is, child after child, and not how it was.
    const known = told.parents.size > 1 ? fanouts.get(parentId) : undefined;
    // Before it had that number, one had it that was nobody's any more when its controller was killed.
    const most = known !== undefined && line > known.from ? known.fanout : Infinity;
    if (running.size > most) {
      const text = `job ${parentId}: ${running.size} at once, with a fanout of ${most}`;
      found.push({ invariant: 'no more at once than the fanout', text, lines: [line] });
    }
  }
  return found;
}
