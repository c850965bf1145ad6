import { isFinished } from '../model/state.ts';
import type { Context } from './command.ts';
import type { ListedJob } from './found-jobs.ts';
import { jobTitle } from './job-title.ts';
import type { OneJob } from './waiting.ts';

/** Says why a job that was waited for has not ended, and what to do about it. `ranOut`: there was no more time. */
export function tellOfOpen(job: OneJob | ListedJob, ranOut: boolean, context: Context): void {
  if (isFinished(job.state)) return;
  const title = jobTitle(job);
  if (job.state === 'Blocked') {
    const asked = questionOf(job);
    const what = asked === null ? '' : ` and asks for: ${asked}`;
    context.tell(`${title} is Blocked${what}; to answer: muster answer ${job.id}`);
  } else if (job.state === 'Suspended' || job.state === 'Disconnected') {
    context.tell(`${title} is ${job.state}; wait --force waits until it is finished`);
  } else if (ranOut) context.tell(`${title} has not ended in time`);
}

/** The first question of a job's children, or the child's own. */
function questionOf(job: OneJob | ListedJob): string | null {
  if (job.parentId !== null) return job.question?.text ?? null;
  for (const child of job.children) {
    if (typeof child === 'object' && child.question !== null) return child.question.text;
  }
  return null;
}
