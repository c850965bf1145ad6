import type { Counts } from '../../src/model/parent-state.ts';
import type { JobState } from '../../src/model/state.ts';

/**
 * N in the queue, R runs, C completed, F failed, S stopped, B blocked by a question, T stopping: told to end and not there
 * yet, I suspending, U suspended.
 */
export type Letter = 'N' | 'R' | 'C' | 'F' | 'S' | 'B' | 'T' | 'I' | 'U';

/** The state of the parent while its children are in these. */
export const ROWS: readonly (readonly [letters: string, parent: JobState])[] = [
  ['R R R', 'Running'],
  ['N R C', 'Running'],
  ['N N R', 'Running'],
  ['C C R', 'Running'],
  ['F C R', 'Running'],
  ['F F R', 'Running'],
  ['S S R', 'Running'],
  ['T R C', 'Running'],
  ['T U F', 'Running'],
  ['U R C', 'Running'],
  ['U U N', 'Running'],
  ['B R R', 'Blocked'],
  ['B C R', 'Blocked'],
  ['B F N', 'Blocked'],
  ['B C C', 'Blocked'],
  ['B U T', 'Blocked'],
  ['U U U', 'Suspended'],
  ['U C F', 'Suspended'],
  ['U S S', 'Suspended'],
  ['C C C', 'Completed'],
  ['F C C', 'Failed'],
  ['F F F', 'Failed'],
  ['F S C', 'Failed'],
  ['S S S', 'Stopped'],
  ['S C C', 'Stopped'],
];

/** The same, with one on its way to be suspended. */
export const ROWS_ON_THE_WAY: readonly (readonly [letters: string, parent: JobState])[] = [
  ['I R C', 'Running'],
  ['B I S', 'Blocked'],
  ['I I I', 'Suspending'],
  ['I U C', 'Suspending'],
  ['I F S', 'Suspending'],
];

/** The same after a stop of the parent, which is what stopped S and T. */
export const ROWS_AFTER_STOP: readonly (readonly [letters: string, parent: JobState])[] = [
  ['T T T', 'Stopping'],
  ['T C F', 'Stopping'],
  ['T S S', 'Stopping'],
  ['T F S', 'Stopping'],
  ['F S S', 'Failed'],
  ['S S S', 'Stopped'],
  ['S C C', 'Stopped'],
  ['C C C', 'Completed'],
];

/** What becomes of a job whose commands are let go on, and that is stopped where nobody answers. */
export function endOf(letters: readonly Letter[]): JobState {
  if (letters.includes('F')) return 'Failed';
  return letters.some((letter) => 'STB'.includes(letter)) ? 'Stopped' : 'Completed';
}

export function countsOf(letters: readonly Letter[]): Counts {
  const count = (some: string): number => letters.filter((letter) => some.includes(letter)).length;
  return {
    completed: count('C'),
    failed: count('F'),
    stopped: count('S'),
    running: count('RBTIU'),
    queued: count('N'),
    total: letters.length,
  };
}

export function lettersOf(text: string): readonly Letter[] {
  return text.split(' ').flatMap((word) => PLACE.filter((letter) => letter === word));
}

export const STATE_OF: Readonly<Record<Letter, JobState>> = {
  N: 'NotStarted',
  R: 'Running',
  C: 'Completed',
  F: 'Failed',
  S: 'Stopped',
  B: 'Blocked',
  T: 'Stopping',
  I: 'Suspending',
  U: 'Suspended',
};
/** In the order of the targets: who ends by itself gives its turn to those after it, and the queued are last. */
export const PLACE: readonly Letter[] = ['C', 'F', 'S', 'T', 'R', 'U', 'I', 'B', 'N'];
