import { eventually } from '../../helpers/eventually.ts';
import { violation, type Violation } from './violation.ts';

/** What keeps a process alive and is open in this one, by kind. */
export type Open = ReadonlyMap<string, number>;

export function openNow(): Open {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    // Requests end by themselves; message ports and immediates are the runner's.
    if (/Req|MessagePort|Immediate|TickObject|Microtask/u.test(kind)) continue;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** Invariant 11: the kinds of which more are open than before. */
export function checkLeft(before: Open, now: Open): readonly Violation[] {
  return [...now].flatMap(([kind, count]) => {
    const more = count - (before.get(kind) ?? 0);
    return more > 0 ? [violation('nothing is left', `${more} × ${kind}`)] : [];
  });
}

/** The same, once what is closing has closed. */
export async function checkLeftSoon(before: Open): Promise<readonly Violation[]> {
  try {
    await eventually(() => checkLeft(before, openNow()).length === 0, { deadlineMs: SETTLE_MS });
    return [];
  } catch {
    return checkLeft(before, openNow());
  }
}

const SETTLE_MS = 10_000;
