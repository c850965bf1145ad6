import type { JobJson } from '../../helpers/job-json.ts';
import { violation, type Violation } from './violation.ts';

/** Invariant 12: what the next controller shows of the jobs of one that was killed. */
export function checkRestart(
  before: readonly JobJson[],
  after: readonly JobJson[],
): readonly Violation[] {
  const found: Violation[] = [];
  const broken = (text: string): void => {
    found.push(violation('a restart loses nothing', text));
  };
  if (idsOf(before).join('\n') !== idsOf(after).join('\n')) broken('other jobs, or another order');
  const later = new Map(after.flatMap(({ children }) => children.map((one) => [one.id, one])));
  for (const child of before.flatMap(({ children }) => children)) {
    const now = later.get(child.id);
    if (now === undefined) continue;
    const name = `${child.id} (${child.host})`;
    const isFinished = FINAL.has(child.state);
    if (isFinished && resultOf(child) !== resultOf(now))
      broken(`${name} had ended: ${resultOf(child)}, and now ${resultOf(now)}`);
    if (!isFinished && child.begin === null && now.state !== 'Suspended')
      broken(`${name} was not begun, and is ${now.state}`);
    // A durable one goes on, or is looked for.
    const isExplained =
      now.failure !== null || now.statusMessage !== null || GOES_ON.has(now.state);
    if (!isFinished && child.begin !== null && !isExplained)
      broken(`${name} was ${child.state}, and is ${now.state} without a word`);
  }
  return found;
}

function idsOf(jobs: readonly JobJson[]): readonly string[] {
  return jobs.flatMap((job) =>
    [job, ...job.children].map(
      ({ id, instanceId, name, command, location }) =>
        `${id} ${instanceId} ${name} ${command} ${location}`,
    ),
  );
}

function resultOf(child: JobJson['children'][number]): string {
  const { state, exitCode, signal, failure, begin, end, attempts } = child;
  return JSON.stringify({ state, exitCode, signal, failure, begin, end, attempts });
}

const GOES_ON: ReadonlySet<string> = new Set(['Running', 'Disconnected']);
const FINAL: ReadonlySet<string> = new Set(['Completed', 'Failed', 'Stopped']);
