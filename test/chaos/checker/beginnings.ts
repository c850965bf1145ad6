import type { Timed } from '../history.ts';
import { factsOf } from './facts.ts';
import { isOwn } from './endings.ts';
import { sightings, type JobHistory } from './job-history.ts';
import type { Violation } from './check.ts';

/** A child's command begins at most once, as its host counts; and whether it has, the ending says. */
export function checkBeginnings(job: JobHistory, history: readonly Timed[]): readonly Violation[] {
  const { token, hosts } = job.plan;
  const evidence = factsOf(history).begun;
  if (evidence === null) return [];
  const times = new Map<string, number>();
  for (const line of evidence.lines) {
    if (line.startsWith(`${token} `)) times.set(line, (times.get(line) ?? 0) + 1);
  }
  const seen = sightings(job);
  const found: Violation[] = [];
  for (const host of hosts) {
    const begun = times.get(`${token} ${host}`) ?? 0;
    const last = seen.get(host)?.at(-1);
    const broken = (text: string): void => {
      const lines = last === undefined ? [] : [last.line];
      found.push({ invariant: 'a command begins once', text: `${token} ${host}: ${text}`, lines });
    };
    if (begun > 1) broken(`begun ${begun} times`);
    if (last === undefined) {
      if (begun > 0 && job.reply?.entry.id === null) broken('begun, though there is no such job');
    } else if (begun === 0 && isOwn(last.child)) broken('ended, but never begun');
    else if (begun > 0 && last.child.failure?.mayHaveRun === false && !isOwn(last.child)) {
      broken(`begun, but failed as ${last.child.failure.code}, not run`);
    }
  }
  return found;
}
