import type { JobView } from '../model/job.ts';
import type { Reading } from '../model/ports/controller.ts';
import type { ParentJob } from './parent-job.ts';

/** The job as it is once all that these readings hold is acknowledged. */
export function jobAfter(
  job: ParentJob,
  readings: readonly Pick<Reading<unknown>, 'held'>[],
): JobView {
  const view = job.view();
  if (readings.length === 0 || !view.hasMoreData) return view;
  const delivered = new Set(
    job.children
      .filter(({ finished, identity, log }) => {
        const held = readings.reduce((sum, reading) => sum + reading.held(identity.id), 0);
        return finished && held >= log.unread;
      })
      .map(({ identity }) => identity.id),
  );
  const children = view.children.map((child) =>
    delivered.has(child.id) ? { ...child, hasMoreData: false } : child,
  );
  return { ...view, hasMoreData: children.some(({ hasMoreData }) => hasMoreData), children };
}
