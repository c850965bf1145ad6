import { isFinished } from '../model/state.ts';
import type { JobController } from '../model/ports/controller.ts';
import { foldNodeSet } from '../targets/nodeset/fold.ts';
import type { Context } from './command.ts';
import type { ListedJob } from './found-jobs.ts';
import { jobTitle } from './job-title.ts';

/** Stops a job and waits for its end; says so where it is not certain that nothing is left on a host. */
export async function stopJob(
  job: ListedJob,
  controller: JobController,
  context: Context,
): Promise<void> {
  if (isFinished(job.state)) return;
  await controller.stop(job.id, 'muster stop');
  const { children } = await controller.job(job.id);
  const doubtful = children
    .filter(({ id }) => job.parentId === null || id === job.id)
    .filter(({ endConfirmed }) => endConfirmed === false)
    .map(({ host }) => host);
  if (doubtful.length === 0) return;
  const names = `${foldNodeSet(doubtful)} (${doubtful.length})`;
  context.tell(`warning: ${jobTitle(job)}: not confirmed to have ended on ${names}`);
}
