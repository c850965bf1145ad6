import type { Clock, Timer } from '../base/clock.ts';
import type { Link } from './connect/link.ts';
import { seconds } from './failures.ts';
import { ping } from './ssh2.ts';

export interface KeepaliveOptions {
  /** Between two requests, in milliseconds; 0: none are sent. */
  readonly intervalMs: number;
  /** Unanswered requests in a row after which contact is lost, within `intervalMs * (count + 1)`. */
  readonly count: number;
}

/**
 * Asks the server from time to time whether it is there: a network that drops packets tells nobody. Whatever it sends
 * is an answer. A round that comes late was held up by ourselves, who may have been stopped for hours: what has come
 * meanwhile is not read yet, and it says nothing about the server.
 */
export class Keepalive {
  readonly #clock: Clock;
  readonly #link: Link;
  readonly #options: KeepaliveOptions;
  #unanswered = 0;
  #bytesRead = 0;
  /** When the next round is due. */
  #due = 0;
  #timer: Timer | null = null;

  constructor(clock: Clock, link: Link, options: KeepaliveOptions) {
    this.#clock = clock;
    this.#link = link;
    this.#options = options;
    if (options.intervalMs > 0) this.#arm();
  }

  /** Requests in a row to which nothing came. */
  get unanswered(): number {
    return this.#unanswered;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #arm(): void {
    const { intervalMs } = this.#options;
    this.#due = this.#clock.monotonic() + intervalMs;
    this.#timer = this.#clock.after(intervalMs, this.#ask);
    // The socket keeps the process alive while somebody needs it; this never does.
    this.#timer.unref();
  }

  readonly #ask = (): void => {
    const { intervalMs, count } = this.#options;
    const { bytesRead } = this.#link.socket;
    if (bytesRead !== this.#bytesRead) this.#unanswered = 0;
    this.#bytesRead = bytesRead;
    if (this.#clock.monotonic() - this.#due > intervalMs / 2) {
      this.#arm();
      return;
    }
    if (this.#unanswered >= count) {
      const silence = new Error(`no answer for ${seconds(intervalMs * count)}`);
      // What lies below may have fallen silent first, and be found out later.
      this.#link.fail(this.#link.socket.blame?.() ?? silence);
      return;
    }
    this.#unanswered += 1;
    ping(this.#link.client);
    this.#arm();
  };
}

/** A contact that is lost is known within a minute. */
export const DEFAULT_KEEPALIVE: KeepaliveOptions = { intervalMs: 15_000, count: 3 };
