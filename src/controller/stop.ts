import type { ChildJob } from './child-job.ts';
import { stoppedInQueue } from './verdict.ts';

/** Asks children to stop; resolves when they are finished. One that has not begun is stopped at once. */
export async function stopChildren(children: readonly ChildJob[], by: string): Promise<void> {
  for (const child of children) {
    if (child.hasBegun) child.stop({ kind: 'stop', by });
    else child.settle(stoppedInQueue(by));
  }
  await Promise.all(children.map((child) => child.whenFinished()));
}
