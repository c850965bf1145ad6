import { isFinished } from '../../../src/model/state.ts';
import type { ChildSeen } from '../history.ts';
import type { JobHistory } from './job-history.ts';
import type { Violation } from './check.ts';

/** `wait` exits as the job has ended: after its end, and not before. */
export function checkExits(job: JobHistory): readonly Violation[] {
  return job.waits.flatMap(({ line, entry: { exit } }): readonly Violation[] => {
    // Its controller went away, or its time was over.
    if (exit === CUT || exit === TIME_OUT) return [];
    const seen = job.seen.findLast((one) => one.line < line);
    if (seen === undefined) return [];
    const isOver = isFinished(seen.entry.state);
    // It may be looked for again by the next controller.
    if (!isOver && job.kills.length > 0) return [];
    const expected = isOver ? exitOf(seen.entry.children) : 'none yet';
    if (exit === expected) return [];
    const text = `${job.plan.token}: exit ${exit} instead of ${expected}`;
    return [{ invariant: 'exit statuses are honest', text, lines: [seen.line, line] }];
  });
}

/** The first that fits; written down here again, so that a slip in src shows. */
export function exitOf(children: readonly Pick<ChildSeen, 'state' | 'failure'>[]): number {
  const failures = children.flatMap(({ state, failure }) =>
    state === 'Failed' && failure !== null ? [failure] : [],
  );
  const notReached = failures.filter(({ phase }) => BEFORE_RUN.has(phase));
  const tooLong = failures.filter(({ code }) => code === 'timeout');
  if (failures.length > notReached.length + tooLong.length) return 1;
  if (notReached.length > 0) return 4;
  if (tooLong.length > 0) return TIME_OUT;
  return children.some(({ state }) => state === 'Stopped') ? 3 : 0;
}

const BEFORE_RUN: ReadonlySet<string> = new Set([
  'resolve',
  'connect',
  'handshake',
  'verify',
  'authenticate',
  'open',
  'become',
]);
const CUT = 2;
const TIME_OUT = 124;
