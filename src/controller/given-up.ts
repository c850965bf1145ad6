import type { Clock, Timer } from '../base/clock.ts';

/** `hosts`: each once; `why`: safe text. */
export type Tell = (hosts: readonly string[], why: string) => void;

/** Gathers hosts for a moment, so that many with the same trouble are told of in one sentence. */
export class GivenUp {
  readonly #clock: Clock;
  readonly #tell: Tell;
  readonly #byReason = new Map<string, Set<string>>();
  #timer: Timer | null = null;

  constructor(clock: Clock, tell: Tell) {
    this.#clock = clock;
    this.#tell = tell;
  }

  add(host: string, why: string): void {
    const hosts = this.#byReason.get(why) ?? new Set();
    this.#byReason.set(why, hosts.add(host));
    if (this.#timer !== null) return;
    this.#timer = this.#clock.after(GATHER_MS, () => this.flush());
    this.#timer.unref();
  }

  flush(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const all = [...this.#byReason];
    this.#byReason.clear();
    for (const [why, hosts] of all) this.#tell([...hosts], why);
  }
}

const GATHER_MS = 1_000;
