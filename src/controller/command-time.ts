import type { Clock } from '../base/clock.ts';
import type { Stood } from '../model/ports/journal.ts';
import { PausableTimer } from './pausable-timer.ts';

/** The time of a child's command, which stands still while it is halted, and the limit on it. */
export class CommandTime {
  readonly #clock: Clock;
  #ms: number;
  /** Wall time; null: it goes on. */
  #since: number | null;
  #limit: PausableTimer | null = null;

  /** `stood`: what an earlier controller knew of it. */
  constructor(clock: Clock, stood: Stood) {
    this.#clock = clock;
    this.#ms = stood.ms;
    this.#since = stood.since;
  }

  /** For how long it has stood still by now. Milliseconds. */
  get stoodMs(): number {
    return this.#ms + (this.#since === null ? 0 : Math.max(0, this.#clock.now() - this.#since));
  }

  /** Of its own time from now on; later calls change nothing. */
  limit(ms: number, task: () => void): void {
    this.#limit ??= new PausableTimer(this.#clock, ms, task);
    if (this.#since !== null) this.#limit.pause();
  }

  /** What is to be known of it from now on; null: that has not changed. */
  stand(isStill: boolean): Stood | null {
    if (isStill === (this.#since !== null)) return null;
    this.#ms = this.stoodMs;
    this.#since = isStill ? this.#clock.now() : null;
    if (isStill) this.#limit?.pause();
    else this.#limit?.resume();
    return { ms: this.#ms, since: this.#since };
  }

  end(): void {
    this.#limit?.cancel();
  }
}

/** That of a child which is limited or halted for the first time. */
export function timeOf(child: { time: CommandTime | null }, clock: Clock): CommandTime {
  return (child.time ??= new CommandTime(clock, { ms: 0, since: null }));
}
