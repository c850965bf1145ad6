import type { JobView } from '../model/job.ts';
import type { JobController } from '../model/ports/controller.ts';
import { writeJobList } from '../presenters/job-list-json.ts';
import { jobListLines, type ListedJob } from '../presenters/job-list.ts';
import { jobToJson } from '../presenters/json-forms.ts';
import { jsonText } from '../presenters/json-text.ts';
import { jsonArray } from '../presenters/json.ts';
import type { Context } from './command.ts';
import type { Values } from './values.ts';
import type { OneJob } from './waiting.ts';

/** How jobs are listed; `quiet`: their ids, one a line. */
export type ListForm = 'table' | 'json' | 'quiet';

export function listForm(values: Values): ListForm {
  if (values.flag('quiet')) return 'quiet';
  const mode = values.text('output');
  return mode === 'json' || mode === 'quiet' ? mode : 'table';
}

/** A job that has just been started: its JSON is the job object, without output. */
export async function printJob(job: JobView, form: ListForm, context: Context): Promise<void> {
  const { stdout } = context;
  if (form === 'json') await stdout.write(`${jsonText(jobToJson(job), stdout.isTerminal)}\n`);
  else await printJobs([job], form, context);
}

/** A list, by id: its JSON is an array. A table of nothing is nothing. */
export async function printJobs(
  jobs: readonly ListedJob[],
  form: ListForm,
  context: Context,
): Promise<void> {
  switch (form) {
    case 'json':
      return writeJobList(context.stdout, jobs);
    case 'quiet':
      return context.stdout.write(jobs.map(({ id }) => `${id}\n`).join(''));
    case 'table':
      return jobs.length === 0 ? undefined : context.stdout.write(tableText(jobs, context));
    default:
      return form satisfies never;
  }
}

function tableText(jobs: readonly ListedJob[], { stdout, environment }: Context): string {
  const width = stdout.isTerminal ? stdout.columns : null;
  const colour = stdout.isTerminal && !environment.noColour;
  return `${jobListLines(jobs, width, { colour }).join('\n')}\n`;
}

/** Jobs that were waited for. Their JSON is an array as `receive` prints it, with what was said, which stays unread. */
export async function printWaited(
  jobs: readonly OneJob[],
  form: ListForm,
  controller: JobController | null,
  context: Context,
): Promise<void> {
  if (form !== 'json' || controller === null) {
    await printJobs(jobs, form, context);
    return;
  }
  const document = jsonArray(context.stdout);
  for (const job of jobs) {
    for await (const { childId, host, ...record } of controller.receive(job.id, { keep: true })) {
      const parentId = job.parentId ?? job.id;
      await document.record?.({ event: 'record', jobId: childId, parentId, host, record });
    }
    await document.end?.({ event: 'end', job: await wholeView(job, controller) });
  }
  await document.finish();
}

/** A child by itself is shown as its job with no other child. */
async function wholeView(job: OneJob, controller: JobController): Promise<JobView> {
  if (job.parentId === null) return job;
  return { ...(await controller.job(job.parentId)), children: [job] };
}
