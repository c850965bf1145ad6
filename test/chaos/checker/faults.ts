import { isFinished } from '../../../src/model/state.ts';
import type { ChildSeen, Timed } from '../history.ts';
import { factsOf } from './facts.ts';
import type { JobHistory } from './job-history.ts';

/** Its host has a disk that was filled in this run, and says that its output found no room there. */
export function hadNoRoom(child: ChildSeen, history: readonly Timed[]): boolean {
  return (
    child.failure?.code === 'store' &&
    factsOf(history).filled.length > 0 &&
    factsOf(history).small.has(child.host)
  );
}

/**
 * Not promised: its disk became full in the last seconds before it ended, and had room again when its supervisor looked,
 * which is so every five seconds and at the end. `seen`: the host's child, when it was seen.
 */
export function mayHaveLackedRoom(
  host: string,
  seen: readonly { readonly line: number; readonly child: ChildSeen }[],
  history: readonly Timed[],
): boolean {
  const { small, filled } = factsOf(history);
  const end = seen.find(({ child }) => isFinished(child.state))?.line;
  if (!small.has(host) || end === undefined) return false;
  const until = history[end]?.ms ?? 0;
  return filled.some(({ line, ms }) => line < end && until - ms < BETWEEN_LOOKS_MS);
}

/** It had not begun when its controller was killed, and what it needs besides was nowhere written down. */
export function lacksSecret(child: ChildSeen, { plan, kills }: JobHistory): boolean {
  return (
    plan.isSecret &&
    kills.length > 0 &&
    child.failure?.code === 'internal' &&
    !child.failure.mayHaveRun
  );
}

/** It had ended, its controller was killed before what it wrote was received, and somebody stopped it before that came again. */
export function wasGivenUp(child: ChildSeen, { kills, stops }: JobHistory): boolean {
  return kills.length > 0 && stops.length > 0 && child.says === UNREAD;
}

/** As a controller says it. */
const UNREAD = 'its unread output was lost with its controller';
/** From one look to the next, and until somebody saw the end. */
const BETWEEN_LOOKS_MS = 10_000;
