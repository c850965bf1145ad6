import type { Clock, Timer } from '../../base/clock.ts';
import type { FailureError, Phase } from '../../model/failure.ts';
import type { ConnectRequest, Probe } from '../../model/ports/transport.ts';

/** What a step that was cut by its deadline failed of. */
export type Expired = (waitedMs: number, limitMs: number) => FailureError;

/** What an attempt has to know of the request it is made for. */
export type AttemptRequest = Pick<ConnectRequest, 'target' | 'connectTimeoutMs' | 'observer'>;

/** The address that is tried, and the time of each step that succeeded: see Probe. */
export type Progress = {
  -readonly [Field in 'address' | 'resolveMs' | 'tcpMs' | 'sshMs' | 'authMs']: Probe[Field];
};

/**
 * One attempt to reach a target: its deadline, and what its phases have open. Whatever comes first, a step's own end,
 * the deadline or a cut from outside, decides the step; the rest is ignored.
 */
export class Attempt {
  readonly request: AttemptRequest;
  readonly clock: Clock;
  /** How far it came. */
  readonly progress: Progress = {
    address: null,
    resolveMs: null,
    tcpMs: null,
    sshMs: null,
    authMs: null,
  };
  /** Undoes what the phase under way has open: set by each phase in its turn. */
  undo: (() => void) | null = null;
  #timer: Timer | null = null;
  /** Of the deadline: when it began, how long it is, and how much of it has stood still. */
  #since: number;
  #limitMs = 0;
  #lap: number;
  #expired: Expired | null = null;
  #reject: ((error: Error) => void) | null = null;
  #cut: Error | null = null;
  #isOver = false;

  constructor(clock: Clock, request: AttemptRequest) {
    this.clock = clock;
    this.request = request;
    this.#since = clock.monotonic();
    this.#lap = this.#since;
    this.limit(request.connectTimeoutMs);
  }

  /** Begins a new deadline for the steps that follow. */
  limit(ms: number): void {
    this.#timer?.cancel();
    this.#since = this.clock.monotonic();
    this.#limitMs = ms;
    this.#arm(ms);
  }

  /** One step. `begin` calls exactly one of its arguments, or none when the step is cut. */
  step<T>(
    expired: Expired,
    begin: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
  ): Promise<T> {
    if (this.#cut !== null) return Promise.reject(this.#cut);
    return new Promise<T>((resolve, reject) => {
      this.#expired = expired;
      this.#reject = reject;
      begin(resolve, reject);
    });
  }

  /** Runs a task during which the deadline stands still: a wait that is not the target's fault. */
  async untimed<T>(task: () => Promise<T>): Promise<T> {
    const began = this.clock.monotonic();
    this.#timer?.cancel();
    try {
      return await task();
    } finally {
      this.#since += this.clock.monotonic() - began;
      if (!this.#isOver) this.#arm(this.#limitMs - (this.clock.monotonic() - this.#since));
    }
  }

  /** What is left of the deadline, in milliseconds. */
  get leftMs(): number {
    return this.#limitMs - (this.clock.monotonic() - this.#since);
  }

  /** Milliseconds since the last lap, or since the beginning. */
  lap(): number {
    const now = this.clock.monotonic();
    const ms = now - this.#lap;
    this.#lap = now;
    return ms;
  }

  /** Tells that a phase is over; `detail` is safe text. */
  passed(phase: Phase, ms: number, detail: string | null): void {
    this.request.observer.phase(phase, ms, detail);
  }

  /** Makes the step fail that is under way, or else the next. */
  cut(error: Error): void {
    this.#cut ??= error;
    this.#reject?.(error);
  }

  /** The attempt succeeded, or is over: nothing of it stays armed. */
  finish(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#timer = null;
    this.#reject = null;
    this.#expired = null;
  }

  /** The attempt failed: what it has open is closed. */
  abandon(): void {
    this.finish();
    this.undo?.();
  }

  #arm(ms: number): void {
    this.#timer = this.clock.after(Math.max(0, ms), () => {
      if (this.#expired === null) return;
      this.#reject?.(this.#expired(this.clock.monotonic() - this.#since, this.#limitMs));
    });
  }
}
