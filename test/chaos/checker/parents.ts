import type { JobState } from '../../../src/model/state.ts';
import type { JobHistory } from './job-history.ts';
import type { Violation } from './check.ts';

/** The parent's state follows from its children's at each moment, of which no more run than the fanout says. */
export function checkParents(job: JobHistory): readonly Violation[] {
  return job.seen.flatMap(({ line, entry }): readonly Violation[] => {
    const { token, fanout } = job.plan;
    const states = entry.children.map(({ state }) => state);
    const stopAsked = job.stops.some((at) => at < line);
    const allowed = [parentOf(states, false), ...(stopAsked ? [parentOf(states, true)] : [])];
    // One that is Stopping may have been waiting to be looked for again.
    const running = states.filter((state) => state === 'Running').length;
    const found: Violation[] = [];
    if (!allowed.includes(entry.state)) {
      const text = `${token}: ${entry.state} instead of ${allowed.join(' or ')}`;
      found.push({ invariant: 'a parent is a function of its children', text, lines: [line] });
    }
    if (running > fanout) {
      const text = `${token}: ${running} at once, with a fanout of ${fanout}`;
      found.push({ invariant: 'no more at once than the fanout', text, lines: [line] });
    }
    return found;
  });
}

/** Written down here again, so that a slip in src shows. */
export function parentOf(children: readonly JobState[], stopRequested: boolean): JobState {
  const any = (...states: readonly JobState[]): boolean =>
    children.some((state) => states.includes(state));
  const isOver = children.every((state) => ['Completed', 'Failed', 'Stopped'].includes(state));
  if (any('Blocked')) return 'Blocked';
  if (stopRequested && !isOver) return 'Stopping';
  if (any('Running', 'Stopping', 'NotStarted')) return 'Running';
  if (any('Suspending')) return 'Suspending';
  if (any('Disconnected')) return 'Disconnected';
  if (any('Suspended')) return 'Suspended';
  if (any('Failed')) return 'Failed';
  return any('Stopped') ? 'Stopped' : 'Completed';
}
