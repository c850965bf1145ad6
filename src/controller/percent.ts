import type { Progress } from '../model/job.ts';

/** As much of a child as is needed here. */
export interface Progressing {
  readonly finished: boolean;
  readonly progress: Progress | null;
}

/** How far the children of a job are in the mean; the silent ones count as not begun. `isSilent`: none has said anything. */
export function meanPercent(children: readonly Progressing[]): {
  readonly percent: number;
  readonly isSilent: boolean;
} {
  let sum = 0;
  let isSilent = true;
  for (const { finished, progress } of children) {
    if (progress !== null) isSilent = false;
    sum += finished ? 100 : (progress?.percent ?? 0);
  }
  return { percent: sum / children.length, isSilent };
}
