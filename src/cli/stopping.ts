import { ConfigError } from '../model/errors.ts';
import type { ChildView } from '../model/job.ts';
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
  const children = await childrenOf(job, controller);
  const doubtful = children
    .filter(({ endConfirmed }) => endConfirmed === false)
    .map(({ host }) => host);
  if (doubtful.length === 0) return;
  const names = `${foldNodeSet(doubtful)} (${doubtful.length})`;
  context.tell(`warning: ${jobTitle(job)}: not confirmed to have ended on ${names}`);
}

async function childrenOf(
  { id, parentId }: ListedJob,
  controller: JobController,
): Promise<readonly ChildView[]> {
  try {
    const { children } = await controller.job(id);
    return children.filter((child) => parentId === null || child.id === id);
  } catch (error) {
    // A job of a command in the foreground is forgotten when it has ended, and that command tells how.
    if (error instanceof ConfigError && error.code === 'no-such-job') return [];
    throw error;
  }
}
