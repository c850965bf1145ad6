import { closeSync, openSync } from 'node:fs';
import type { Timer } from '../base/clock.ts';
import { errorCode } from '../base/system-error.ts';
import type { FailureError } from '../model/failure.ts';
import type { Attempt } from './connect/attempt.ts';
import type { Carrier } from './connect/carrier.ts';
import { fail, seconds } from './failures.ts';

/**
 * Running out of file descriptors is our own limit and no host's fault: what needs one waits until a socket of ours is
 * closed, and tries again. The target's deadline stands still meanwhile.
 */
export class Descriptors {
  readonly #warn: (text: string) => void;
  readonly #spare: () => void;
  readonly #waiting = new Set<() => void>();
  readonly #onEmpty: (() => void)[] = [];
  #sockets = 0;
  #warned = false;
  #timer: Timer | null = null;

  /** `warn` is called once, `spare` whenever an idle connection would better be given up. */
  constructor(warn: (text: string) => void, spare: () => void) {
    this.#warn = warn;
    this.#spare = spare;
  }

  /** Whether somebody waits for one to come free. */
  get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  /** Runs a task again for as long as it fails for want of a descriptor. */
  async retry<T>(attempt: Attempt, task: () => T | Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await task();
      } catch (error) {
        if (!isDescriptorShortage(error)) throw error;
        await this.#wait(attempt);
      }
    }
  }

  /** Counts a connected socket, or the like, until it is closed. */
  hold(socket: Carrier): void {
    this.#sockets += 1;
    socket.once('close', this.#closed);
  }

  /** Resolves when no counted socket is left. */
  allClosed(): Promise<void> {
    if (this.#sockets === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty.push(resolve);
    });
  }

  readonly #closed = (): void => {
    this.#sockets -= 1;
    this.#wakeOne();
    if (this.#sockets === 0) for (const tell of this.#onEmpty.splice(0)) tell();
  };

  async #wait(attempt: Attempt): Promise<void> {
    if (!this.#warned) this.#warn(SHORTAGE);
    this.#warned = true;
    attempt.request.observer.trace?.(SHORTAGE);
    this.#spare();
    // Where no socket of ours will ever be closed, the target's own time must bound the wait.
    if (this.#sockets === 0) await this.#turn(attempt);
    else await attempt.untimed(() => this.#turn(attempt));
  }

  async #turn(attempt: Attempt): Promise<void> {
    const expired = (waitedMs: number): FailureError =>
      fail('internal', `no free file descriptor on this machine after ${seconds(waitedMs)}`);
    let wake: () => void = () => undefined;
    try {
      await attempt.step<void>(expired, (resolve) => {
        wake = resolve;
        this.#waiting.add(wake);
        this.#watch(attempt);
      });
    } finally {
      this.#waiting.delete(wake);
      if (this.#waiting.size === 0) {
        this.#timer?.cancel();
        this.#timer = null;
      }
    }
  }

  /** Descriptors also come free elsewhere in the process, of which nobody tells us. */
  #watch(attempt: Attempt): void {
    this.#timer ??= attempt.clock.after(RETRY_MS, () => {
      this.#timer = null;
      this.#wakeOne();
      if (this.#waiting.size > 0) this.#watch(attempt);
    });
  }

  #wakeOne(): void {
    for (const wake of this.#waiting) {
      this.#waiting.delete(wake);
      wake();
      return;
    }
  }
}

/** Whether an error means that this process, or this machine, has no file descriptor left. */
export function isDescriptorShortage(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'EMFILE' || code === 'ENFILE';
}

/** The shortage there is now, as an error; null: descriptors are free. For callees that hide it, like the resolver. */
export function descriptorShortage(): Error | null {
  try {
    closeSync(openSync('/dev/null', 'r'));
    return null;
  } catch (error) {
    return error instanceof Error && isDescriptorShortage(error) ? error : null;
  }
}

const SHORTAGE =
  'out of file descriptors on this machine: further hosts wait until some are free (see ulimit -n)';
const RETRY_MS = 100;
