import type { Clock } from '../base/clock.ts';

/** A moment, by both clocks. */
export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

export function momentNow(clock: Clock): Moment {
  return { wall: clock.now(), monotonic: clock.monotonic() };
}

/** A wall time as a moment of both clocks. */
export function momentOf(wall: number, clock: Clock): Moment {
  return { wall, monotonic: clock.monotonic() - (clock.now() - wall) };
}
