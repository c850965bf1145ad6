import { isFinished } from '../../../src/model/state.ts';
import type { ChildSeen, JobPlan, Timed } from '../history.ts';
import { factsOf } from './facts.ts';
import { hadNoRoom, lacksSecret } from './faults.ts';
import { sightings, type JobHistory } from './job-history.ts';
import type { Violation } from './check.ts';

interface Sighting {
  readonly line: number;
  readonly child: ChildSeen;
}

/**
 * A child has one final state, and it is its command's own, or one that a fault may bring. A durable one may be looked for
 * again by the next controller, and ends as it had ended.
 */
export function checkEndings(job: JobHistory, history: readonly Timed[]): readonly Violation[] {
  const { token } = job.plan;
  const lines = factsOf(history).begun?.lines ?? [];
  const begun = new Set(lines.filter((line) => line.startsWith(`${token} `)));
  return [...sightings(job)].flatMap(([host, seen]) =>
    [...changes(job, seen), ...flapping(job, seen, history)].concat(
      ending(job, seen, begun.has(`${token} ${host}`), history),
    ),
  );
}

function changes(job: JobHistory, seen: readonly Sighting[]): readonly Violation[] {
  let final: Sighting | null = null;
  for (const one of seen) {
    const { line, child } = one;
    if (final !== null && outcome(child) !== outcome(final.child)) {
      const { line: from } = final;
      const mayBeSought =
        job.plan.durable && job.kills.some((kill) => kill.to > from && kill.from < line);
      if (isFinished(child.state) || !mayBeSought) {
        const text = `${job.plan.token} ${child.host}: ${outcome(final.child)}, then ${outcome(child)}`;
        return [{ invariant: 'one final state', text, lines: [from, line] }];
      }
    }
    if (isFinished(child.state)) final = one;
  }
  return [];
}

/** Where nothing does harm any more contact is lost no more, but for what was on its way. */
function flapping(
  job: JobHistory,
  seen: readonly Sighting[],
  history: readonly Timed[],
): readonly Violation[] {
  const all = seen.filter(
    ({ child }, index) =>
      child.state === 'Disconnected' && seen[index - 1]?.child.state === 'Running',
  );
  if (all.length <= MOST_LOSSES) return [];
  const { calm } = factsOf(history);
  const lost = all.filter(({ line }) => calm !== null && line > calm);
  if (lost.length <= MOST_LOSSES) return [];
  const text = `${job.plan.token} ${lost[0]?.child.host}: lost ${lost.length} times: ${lost.at(-1)?.child.says}`;
  return [{ invariant: 'contact lasts in a calm', text, lines: lost.map(({ line }) => line) }];
}

function ending(
  job: JobHistory,
  seen: readonly Sighting[],
  hasBegun: boolean,
  history: readonly Timed[],
): readonly Violation[] {
  const last = seen.at(-1);
  if (last === undefined || !isFinished(last.child.state)) return [];
  // Its controller was killed while it sent the command: the next one must not send it again.
  const isCutShort = !hasBegun && job.kills.length > 0 && last.child.failure?.code === 'lost';
  if (isCutShort) return [];
  if (hadNoRoom(last.child, history) || lacksSecret(last.child, job)) return [];
  const text = whatIsWrong(job.plan, last.child, job.stops.length > 0);
  if (text === null) return [];
  const { plan } = job;
  return [
    {
      invariant: 'the ending is the command’s own',
      text: `${plan.token} ${last.child.host}: ${text}`,
      lines: [last.line],
    },
  ];
}

function whatIsWrong(plan: JobPlan, child: ChildSeen, wasStopped: boolean): string | null {
  const { state, failure } = child;
  const { exitCode, signal } = plan.command;
  if (state === 'Stopped') return wasStopped ? null : 'stopped, though nobody asked';
  if (state === 'Completed' || isOwn(child)) {
    return child.exitCode === (signal === null ? exitCode : null) && child.signal === signal
      ? null
      : `${outcome(child)} instead of exit ${exitCode}, signal ${signal}`;
  }
  if (failure === null) return 'failed without a reason';
  if (failure.phase === 'local') return `our own fault: ${failure.message}`;
  if (failure.phase !== 'run') return failure.mayHaveRun ? 'it may have run before it began' : null;
  return plan.durable ? `durable, and failed as ${failure.code}: ${failure.message}` : null;
}

/** The command's own ending, that is, and nobody else's. */
export function isOwn({ state, failure }: ChildSeen): boolean {
  return state === 'Completed' || failure?.code === 'exit-code' || failure?.code === 'signal';
}

const MOST_LOSSES = 3;

function outcome({ state, exitCode, signal, failure }: ChildSeen): string {
  return [state, failure?.code ?? '', exitCode ?? '', signal ?? '']
    .filter((word) => word !== '')
    .join(' ');
}
