import type { JobView } from '../../model/job.ts';
import { EXIT } from '../exit-status.ts';
import { DOWN, FAILING } from './hosts.ts';

/** What is wrong with the demonstration's job: nothing, where it went as it should. One line each. */
export function surprises(job: JobView | null, status: number): readonly string[] {
  if (job === null) return ['no job was run'];
  const found: string[] = [];
  if (job.state !== 'Failed') found.push(`the parent job is ${job.state}, not Failed`);
  if (status !== EXIT.failed) found.push(`the exit status is ${status}, not ${EXIT.failed}`);
  for (const { host, state, exitCode, failure } of job.children) {
    const is = `${state} (${failure?.code ?? `exit ${exitCode}`})`;
    const should = SHOULD[host] ?? 'Completed (exit 0)';
    if (is !== should) found.push(`${host} is ${is}, not ${should}`);
  }
  return found;
}

const SHOULD: Readonly<Record<string, string>> = {
  [FAILING]: 'Failed (exit-code)',
  [DOWN]: 'Failed (refused)',
};
