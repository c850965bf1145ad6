import type { ChildSeen, Timed } from '../history.ts';
import type { JobHistory } from './job-history.ts';

/** Its host has a disk that was filled in this run, and says that its output found no room there. */
export function hadNoRoom(child: ChildSeen, history: readonly Timed[]): boolean {
  return (
    child.failure?.code === 'store' &&
    history.some(({ what }) => what === 'disk') &&
    history.some((entry) => entry.what === 'small' && entry.hosts.includes(child.host))
  );
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
