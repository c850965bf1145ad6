import type { Clock, Timer } from '../base/clock.ts';

/** Calls a task once after so much time, not counting the time for which it was paused. */
export class PausableTimer {
  readonly #clock: Clock;
  readonly #task: () => void;
  #left: number;
  #running: { readonly timer: Timer; readonly since: number } | null = null;
  #isOver = false;

  /** Runs from now on. `ms`: how long. */
  constructor(clock: Clock, ms: number, task: () => void) {
    this.#clock = clock;
    this.#left = ms;
    this.#task = task;
    this.resume();
  }

  /** Idempotent, as `resume` is. */
  pause(): void {
    if (this.#running === null) return;
    const { timer, since } = this.#running;
    timer.cancel();
    this.#running = null;
    this.#left = Math.max(0, this.#left - (this.#clock.monotonic() - since));
  }

  resume(): void {
    if (this.#running !== null || this.#isOver) return;
    const fire = (): void => {
      this.cancel();
      this.#task();
    };
    this.#running = {
      timer: this.#clock.after(this.#left, fire),
      since: this.#clock.monotonic(),
    };
  }

  /** It will not call its task any more. */
  cancel(): void {
    this.#isOver = true;
    this.#running?.timer.cancel();
    this.#running = null;
  }
}
