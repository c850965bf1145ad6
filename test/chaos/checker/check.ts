import type { Blobs } from '../commands.ts';
import type { Timed } from '../history.ts';
import { checkBeginnings } from './beginnings.ts';
import { checkIdentity } from './identity.ts';
import { checkEndings } from './endings.ts';
import { checkEvents } from './events.ts';
import { checkExits } from './exits.ts';
import { checkOutput } from './output.ts';
import { checkParents } from './parents.ts';
import { jobsOf, type JobHistory } from './job-history.ts';

export const INVARIANTS = [
  'one final state',
  'a parent is a function of its children',
  'no more at once than the fanout',
  'identity is kept',
  'output is what the command wrote',
  'a command begins once',
  'the ending is the command’s own',
  'exit statuses are honest',
  'contact lasts in a calm',
  'events have no gap and no repeat',
  'nothing comes to a terminal that does something to it',
  'nothing is left',
] as const;

export type Invariant = (typeof INVARIANTS)[number];

/** A promise that was broken. */
export interface Violation {
  readonly invariant: Invariant;
  readonly text: string;
  /** Entries of the history that show it, by index. */
  readonly lines: readonly number[];
}

export type Check = (
  job: JobHistory,
  history: readonly Timed[],
  blobs: Blobs,
) => readonly Violation[];

const CHECKS: readonly Check[] = [
  checkEndings,
  checkParents,
  checkIdentity,
  checkOutput,
  checkBeginnings,
  checkExits,
];

/** Everything in a history that must not be. */
export function check(history: readonly Timed[], blobs: Blobs): readonly Violation[] {
  const jobs = jobsOf(history);
  const ofJobs = jobs.flatMap((job) => CHECKS.flatMap((one) => one(job, history, blobs)));
  const shown = history.flatMap((entry, line): readonly Violation[] =>
    entry.what === 'shown' && entry.unsafe > 0
      ? [
          {
            invariant: 'nothing comes to a terminal that does something to it',
            text: `${entry.token}: ${entry.unsafe} characters, the first ${entry.first}`,
            lines: [line],
          },
        ]
      : [],
  );
  const left = history.flatMap((entry, line): readonly Violation[] =>
    entry.what === 'left' && entry.names.length > 0
      ? [
          {
            invariant: 'nothing is left',
            text: `${entry.where}: ${entry.names.slice(0, 5).join(', ')}`,
            lines: [line],
          },
        ]
      : [],
  );
  return [...ofJobs, ...checkEvents(history, jobs), ...shown, ...left];
}
