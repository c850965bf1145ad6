import type { Clock } from '../base/clock.ts';

/** A moment, by both clocks. */
export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

export function momentNow(clock: Clock): Moment {
  return { wall: clock.now(), monotonic: clock.monotonic() };
}

/** A wall time of an earlier controller as a moment of both clocks; not after now, though the wall clock was set back since. */
export function momentOf(wall: number, clock: Clock): Moment {
  return { wall, monotonic: clock.monotonic() - Math.max(0, clock.now() - wall) };
}

/** What is left of so many milliseconds that began then; at most all of them, whatever became of the wall clock. */
export function leftOf(ms: number, since: Moment['wall'], clock: Clock): number {
  return ms - Math.max(0, clock.now() - since);
}
