import type { Clock, Timer } from '../../base/clock.ts';
import type { SshConnection } from '../connection.ts';

/** Connections that nobody holds, each for its time. They do not keep the process alive, and share one timer. */
export class Idle {
  readonly #clock: Clock;
  readonly #min: number;
  /** When each is given up, by the monotonic clock; in the order in which they became idle. */
  readonly #until = new Map<SshConnection, number>();
  #timer: Timer | null = null;
  #due = Infinity;

  /** So many, of those there are, are never given up by time. */
  constructor(clock: Clock, min: number) {
    this.#clock = clock;
    this.#min = min;
  }

  /** Keeps a connection, or ends it. */
  put(connection: SshConnection): void {
    if (connection.keepMs <= 0 && this.#until.size >= this.#min) {
      connection.link.close();
      return;
    }
    connection.link.socket.unref();
    const until = this.#clock.monotonic() + connection.keepMs;
    this.#until.set(connection, until);
    if (this.#until.size <= this.#min || until >= this.#due) return;
    // One that waits longer may be due as well, now that there are more than are always kept.
    this.#arm(this.#timer === null ? this.#earliest() : until);
  }

  /** It is over, or has a holder again. */
  drop(connection: SshConnection): void {
    this.#until.delete(connection);
  }

  /** The one that has waited longest. */
  get oldest(): SshConnection | null {
    for (const connection of this.#until.keys()) return connection;
    return null;
  }

  /** Lets go of the timer. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#due = Infinity;
  }

  readonly #sweep = (): void => {
    this.stop();
    const now = this.#clock.monotonic();
    for (const [connection, until] of this.#until) {
      if (this.#until.size <= this.#min) return;
      if (until <= now) connection.link.close();
    }
    if (this.#until.size > this.#min) this.#arm(Math.max(this.#earliest(), now + SWEEP_GAP_MS));
  };

  #earliest(): number {
    let earliest = Infinity;
    for (const until of this.#until.values()) earliest = Math.min(earliest, until);
    return earliest;
  }

  #arm(due: number): void {
    this.stop();
    if (due === Infinity) return;
    this.#due = due;
    this.#timer = this.#clock.after(Math.max(0, due - this.#clock.monotonic()), this.#sweep);
    this.#timer.unref();
  }
}

/** A fleet's connections become idle one after the other: they are not to be given up by as many sweeps. */
const SWEEP_GAP_MS = 100;
