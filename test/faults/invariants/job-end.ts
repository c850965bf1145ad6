import { exitOf } from '../../chaos/checker/exits.ts';
import { parentOf } from '../../chaos/checker/parents.ts';
import type { ChildJson, JobJson } from '../../helpers/job-json.ts';
import { unsafeIn } from './safe.ts';
import { violation, type Violation } from './violation.ts';

/** What a job is like that has ended: invariants 1 and 3, and what every row asks of a message. */
export function checkEnd(job: JobJson): readonly Violation[] {
  const { children, counts, state } = job;
  const found: Violation[] = [];
  const broken = (...given: Parameters<typeof violation>): void => {
    found.push(violation(...given));
  };
  const of = (wanted: string): number => children.filter((child) => child.state === wanted).length;
  const ended = [of('Completed'), of('Failed'), of('Stopped')];
  const told = [counts.completed, counts.failed, counts.stopped];
  if (ended.reduce((sum, count) => sum + count) !== children.length || ended.join() !== told.join())
    broken('every target has one final state', `${told.join()} said, ${ended.join()} are`);
  if (
    counts.total !== children.length ||
    new Set(children.map(({ id }) => id)).size !== children.length
  )
    broken('every target has one final state', `${counts.total} said, ${children.length} are`);
  const states = children.map((child) => child.state);
  if (![parentOf(states, false), parentOf(states, true)].includes(state))
    broken('a parent is a function of its children', `${state}, of ${states.join()}`);
  for (const child of children) {
    const { failure, host, statusMessage } = child;
    if ((child.state === 'Failed') !== (failure !== null) && failure?.code !== 'skipped')
      broken('every target has one final state', `${host}: ${child.state}, ${failure?.code}`);
    for (const text of [failure?.message, statusMessage]) {
      if (typeof text === 'string' && !isShortLine(text))
        broken('a message is one short safe line', `${host}: ${JSON.stringify(text)}`);
    }
  }
  return found;
}

/** Invariant 4, of a child whose output was delivered whole. */
export function checkDelivered(
  child: ChildJson,
  delivered: { readonly output: number; readonly error: number },
): readonly Violation[] {
  const { output, error } = child.bytes;
  if (output === delivered.output && error === delivered.error) return [];
  const text = `${child.host}: ${delivered.output} and ${delivered.error} bytes of ${output} and ${error}`;
  return [violation('what was delivered is what was counted', text)];
}

/** The exit status that a job's children make, where nobody interrupted it; written down again, so that a slip shows. */
export function exitOfEnd(job: JobJson): number {
  return exitOf(job.children);
}

function isShortLine(text: string): boolean {
  return text !== '' && text.length <= 200 && !text.includes('\n') && unsafeIn(text) === null;
}
