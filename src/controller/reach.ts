import { throwIfAborted } from '../base/abort.ts';
import { delay, type Clock } from '../base/clock.ts';
import type { Access } from '../model/access.ts';
import { FailureError, type Failure } from '../model/failure.ts';
import type { Connection, ConnectRequest, Transport } from '../model/ports/transport.ts';
import type { Routes } from './routes.ts';
import type { Throttle } from './throttle.ts';

export interface Reacher {
  readonly transport: Transport;
  /** Logins in flight over all jobs of the controller: apart from the fanout, so that a slow command holds up no login. */
  readonly logins: Throttle;
  readonly clock: Clock;
  /** Those who wait to come back, by their routes. */
  readonly routes: Routes;
  /** From 0 to below 1; for the jitter. */
  readonly random: () => number;
}

export interface ReachOptions {
  readonly retries: number;
  /** About so long between two attempts, half more or less by chance; null: short waits that grow. Milliseconds. */
  readonly retryDelayMs: number | null;
  /** Asked before anything is tried; throws where it is not to be any more. */
  readonly admit: () => void;
  /** Whether its login has to wait for what becomes of others, and until that is known. */
  readonly isHeld: () => boolean;
  readonly untilDecided: () => Promise<void>;
  /** An attempt begins. */
  readonly attempted: () => void;
}

/**
 * A connection to the target: an idle one, or a new login once a slot is free. A server that sheds logins before
 * authentication (MaxStartups) is asked again, with growing jittered waits, until the connect time is over; other
 * failures only as often as the job allows.
 */
export async function reach(
  reacher: Reacher,
  request: ConnectRequest,
  options: ReachOptions,
): Promise<Connection> {
  options.admit();
  const idle = reacher.transport.take(request);
  if (idle !== null) {
    options.attempted();
    return idle;
  }
  // A person may have to type for it, which takes longer than a slot should be held.
  await reacher.transport.unlock(request);
  let retriesLeft = options.retries;
  for (let round = 0; ; round += 1) {
    try {
      return await login(reacher, request, options);
    } catch (error) {
      throwIfAborted(request.signal);
      if (!(error instanceof FailureError) || retriesLeft === 0) throw error;
      if (!isRetryable(error.failure, request.access)) throw error;
      retriesLeft -= 1;
      await rest(reacher, options, round, request.signal);
    }
  }
}

/**
 * The wait before another attempt, the first one in round 0. Chance spreads those that failed together, so that they do not
 * come back together. Rejects with the signal's reason.
 */
export function rest(
  reacher: Pick<Reacher, 'clock' | 'random'>,
  { retryDelayMs }: Pick<ReachOptions, 'retryDelayMs'>,
  round: number,
  signal: AbortSignal,
): Promise<void> {
  const ms =
    retryDelayMs === null ? pauseMs(reacher, round) : retryDelayMs * (0.5 + reacher.random());
  return delay(reacher.clock, ms, signal);
}

/** One login, with the patience that a busy server asks for. */
async function login(
  reacher: Reacher,
  request: ConnectRequest,
  options: ReachOptions,
): Promise<Connection> {
  const { clock, logins, transport } = reacher;
  // The clock starts when the slot is granted: waiting for our own turn is not the host's fault.
  let deadline: number | null = null;
  const left = (): number => {
    deadline ??= clock.monotonic() + request.connectTimeoutMs;
    return deadline - clock.monotonic();
  };
  let busy: Failure | null = null;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const connection = await inSlot(logins, async (leave) => {
        throwIfAborted(request.signal);
        options.admit();
        // Not in the slot: those that it waits for may need one.
        if (options.isHeld()) return null;
        options.attempted();
        const ask = leavingSlot(request.ask, leave);
        return transport.connect({ ...request, ask, connectTimeoutMs: left() });
      });
      if (connection !== null) {
        reacher.routes.isOpen(request.target);
        return connection;
      }
      attempt -= 1;
      await options.untilDecided();
    } catch (error) {
      throwIfAborted(request.signal);
      if (!(error instanceof FailureError)) throw error;
      const { failure } = error;
      // A jump host that is busy was asked for long enough, by the transport and once for all behind it.
      if (failure.code === 'target-busy' && failure.via === null) busy = failure;
      // The last attempt at a busy target runs into what is left of the time: its being busy is still what was wrong.
      else if (busy === null || !isTimeout(failure)) throw error;
      const wait = pauseMs(reacher, attempt - 1);
      if (failure !== busy || left() < wait + SHORTEST_ATTEMPT_MS) throw givenUp(busy, attempt);
      await delay(clock, wait, request.signal);
    }
  }
}

/** Runs the task in a slot, which it may leave before its end. */
function inSlot<T>(slots: Throttle, task: (leave: () => void) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const granted = async (): Promise<void> => {
      const left = new Promise<void>((leave) => {
        void task(leave).then(resolve, reject).finally(leave);
      });
      await left;
    };
    slots.run(granted).catch(reject);
  });
}

/**
 * A person takes longer than a slot should be held: others could not log in meanwhile. What is left of the login after an
 * answer is little, and goes on without one; how many wait for a person at once, the fanout bounds.
 */
function leavingSlot(ask: ConnectRequest['ask'], leave: () => void): ConnectRequest['ask'] {
  if (ask === null) return null;
  return (question) => {
    leave();
    return ask(question);
  };
}

function pauseMs({ random }: Pick<Reacher, 'random'>, round: number): number {
  const ceiling = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(round, 10), LONGEST_PAUSE_MS);
  // Half of the pause is certain and half is chance, so that hosts turned away together do not come back together.
  return ceiling / 2 + (random() * ceiling) / 2;
}

function givenUp(failure: Failure, attempts: number): FailureError {
  const suffix = ` (${attempts} ${attempts === 1 ? 'attempt' : 'attempts'})`;
  const room = 200 - suffix.length;
  const text =
    failure.message.length > room ? `${failure.message.slice(0, room - 1)}…` : failure.message;
  return new FailureError({ ...failure, message: text + suffix });
}

function isTimeout(failure: Failure): boolean {
  return failure.code === 'connect-timeout' || failure.code === 'banner-timeout';
}

/** What may be better the next time. A wrong host key or a refused login never is, and asking again may lock us out. */
function isRetryable(failure: Failure, { password }: Access): boolean {
  switch (failure.phase) {
    case 'resolve':
    case 'connect':
    case 'handshake':
    case 'open':
      return !failure.mayHaveRun;
    case 'authenticate':
      // The host may have found a password wrong, and be slow to say so: a second one could lock the account.
      return failure.code === 'auth-timeout' && password === null;
    case 'verify':
    case 'become':
    case 'run':
    case 'transfer':
    case 'local':
      return false;
  }
}

const FIRST_PAUSE_MS = 150;
const LONGEST_PAUSE_MS = 3000;
/** Less than this is not enough to greet a server in. */
const SHORTEST_ATTEMPT_MS = 50;
