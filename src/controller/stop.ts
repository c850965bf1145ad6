import type { Clock } from '../base/clock.ts';
import type { RecoveredJob } from '../model/ports/journal.ts';
import type { ChildJob } from './child-job.ts';
import { stoppedInQueue } from './verdict.ts';

/**
 * Asks children to stop; resolves when they are finished. One that has not begun is stopped at once. `patience`: null: nobody
 * will read what they wrote.
 */
export async function stopChildren(
  children: readonly ChildJob[],
  by: string,
  patience: Clock | null,
): Promise<void> {
  for (const child of children) {
    if (!child.hasBegun) child.settle(stoppedInQueue(by));
    else if (patience === null || child.known === null || ASKED.has(child)) stop(child, by);
    else {
      // It has ended already: what it wrote is not to be lost for that, unless it takes long, or somebody asks again.
      ASKED.add(child);
      const timer = patience.after(FETCH_MS, () => stop(child, by));
      void child.whenFinished().then(() => timer.cancel());
    }
  }
  await Promise.all(children.map((child) => child.whenFinished()));
}

/** Ends those that an earlier controller was asked to stop, and did not outlive. */
export function stopAgain(children: readonly ChildJob[], { children: left }: RecoveredJob): void {
  for (const child of children) {
    const by = left[child.identity.index]?.stopping ?? null;
    // What it wrote is fetched where it has ended: its stop was over.
    if (by !== null && child.known === null) stop(child, by);
  }
}

function stop(child: ChildJob, by: string): void {
  child.stop({ kind: 'stop', by });
}

/** Children that had ended for an earlier controller, and were asked to stop while they were fetched. */
const ASKED = new WeakSet<ChildJob>();
/** For what such a child's command wrote. */
const FETCH_MS = 10_000;
