import { delay, type Clock } from '../../base/clock.ts';
import { FailureError } from '../../model/failure.ts';
import type { ConnectRequest, PhaseObserver } from '../../model/ports/transport.ts';
import type { Target } from '../../model/target.ts';
import type { SshConnection } from '../connection.ts';
import type { LoginKey } from '../credentials/credentials.ts';
import type { Place, Shared } from '../place.ts';
import { Connections, type NewConnection } from '../pool/connections.ts';
import { poolKey } from '../pool/pool-key.ts';
import type { SharedLogin } from '../pool/shared-login.ts';
import { ping } from '../ssh2.ts';
import { FailedHops } from './failed-hops.ts';
import { Gate } from './gate.ts';

export interface HopsParts {
  readonly clock: Clock;
  /** How long a connection is kept idle; never less than the shortest time. */
  readonly keepMs: number;
  /** From 0 to below 1; for the jitter. */
  readonly random: () => number;
  readonly keysOf: (request: ConnectRequest) => readonly LoginKey[];
  /** One attempt to log in. */
  readonly open: (wanted: NewConnection) => Promise<SshConnection>;
  readonly giveUp: (login: SharedLogin, reason: Error) => void;
  readonly mustEnd: () => boolean;
}

/** The connections to jump hosts: one for all targets behind one, more where it does not take as many over one. */
export class Hops {
  readonly #parts: HopsParts;
  readonly #connections: Connections;
  readonly #gate = new Gate(LOGINS_OF_ONE_ADDRESS);
  readonly #failed: FailedHops;
  /** Those that were seen to turn connections away from the first on: it is no question of how many there are. */
  readonly #refusing = new Set<string>();
  /** Those that are asked whether they are there. */
  readonly #asked = new Map<Shared, Promise<boolean>>();
  readonly #patience = new Map<SharedLogin, AbortController>();

  constructor(parts: HopsParts) {
    const { clock, keepMs, mustEnd } = parts;
    this.#parts = parts;
    this.#failed = new FailedHops(clock);
    this.#connections = new Connections({
      clock,
      bounds: { min: 0, max: Infinity },
      keepMs,
      // Of forwarded connections OpenSSH's server takes any number (MaxSessions is about sessions).
      places: Infinity,
      open: (wanted) => this.#open(wanted),
      giveUp: (login, reason) => {
        this.#patience.get(login)?.abort(reason);
        parts.giveUp(login, reason);
      },
      mustEnd,
    });
  }

  /** Connections open now. */
  get size(): number {
    return this.#connections.size;
  }

  isOpen({ target, access }: Pick<ConnectRequest, 'target' | 'access'>): boolean {
    return this.#connections.has(poolKey(target, access));
  }

  /**
   * A place on a connection to a jump host, `request.target`. Every failure names it, or the one before it. `asker` is one
   * object for all that one child asks for.
   */
  async reach(request: ConnectRequest, asker: object): Promise<Place> {
    const { target: hop, access } = request;
    const key = poolKey(hop, access);
    const keepMs = Math.max(request.keepMs ?? this.#parts.keepMs, SHORTEST_KEEP_MS);
    const observer = observerFor(hop, request.observer);
    const own: ConnectRequest = { ...request, keepMs, observer };
    const place = await this.#takeAlive(key, own);
    if (place !== null) return place;
    const known = this.#failed.unheard(key, access, asker);
    if (known !== null) throw known;
    try {
      const made = await this.#connections.join(key, this.#parts.keysOf(own), own);
      this.#failed.drop(key, access);
      return made;
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      const failure = error.failure.via === null ? named(error.failure, hop) : error.failure;
      const told = new FailureError(failure, { cause: error });
      // Each of those who waited has an error of its own, with the attempt's as its cause.
      this.#failed.add(key, access, asker, error.cause ?? error, told);
      throw told;
    }
  }

  /** A place on an open connection. One that has been idle may be dead without anybody knowing: it is asked first. */
  async #takeAlive(key: string, request: ConnectRequest): Promise<Place | null> {
    for (;;) {
      const place = this.#connections.take(key, request);
      if (place === null) return null;
      const { connection } = place;
      const asked = this.#asked.get(connection);
      if (asked === undefined && connection.holders > 1) return place;
      const asking = asked ?? isAlive(this.#parts.clock, connection);
      this.#asked.set(connection, asking);
      const isThere = await asking;
      this.#asked.delete(connection);
      if (isThere) return place;
      connection.retire();
      place.release();
    }
  }

  /**
   * A jump host opened no channel: whether another connection to it may do better. Some servers bound the channels of one
   * connection; one that carries nothing and refuses the first means all of them.
   */
  mayDoBetter({ connection }: Place, key: string): boolean {
    if (this.#refusing.has(key)) return false;
    if (connection.carried.count > 0) {
      connection.limit(connection.holders);
      return true;
    }
    this.#refusing.add(key);
    for (const one of this.#connections.of(key)) one.limit(Infinity);
    return false;
  }

  /** A new job begins. */
  forget(access: ConnectRequest['access']): void {
    this.#failed.forget(access);
    this.#refusing.clear();
  }

  spare(): boolean {
    return this.#connections.spare();
  }

  close(error: Error): void {
    for (const one of this.#patience.values()) one.abort(error);
    this.#connections.close(error);
  }

  /** One that sheds logins (MaxStartups) is asked again for as long as its time lasts, by one of us for all. */
  async #open(wanted: NewConnection): Promise<SshConnection> {
    const { clock } = this.#parts;
    const { login, first } = wanted;
    const waiting = new AbortController();
    this.#patience.set(login, waiting);
    const { address, port } = first.target;
    let deadline: number | null = null;
    try {
      for (let round = 0; ; round += 1) {
        try {
          return await this.#gate.run(`${address} ${port}`, () => {
            waiting.signal.throwIfAborted();
            deadline ??= clock.monotonic() + first.connectTimeoutMs;
            const connectTimeoutMs = deadline - clock.monotonic();
            return this.#parts.open({ ...wanted, first: { ...first, connectTimeoutMs } });
          });
        } catch (error) {
          const pause = this.#pauseMs(round);
          const left = (deadline ?? 0) - clock.monotonic();
          if (!isBusy(error) || left < pause + SHORTEST_ATTEMPT_MS) throw error;
          await delay(clock, pause, waiting.signal);
        }
      }
    } finally {
      this.#patience.delete(login);
    }
  }

  /** Half of it is chance, so that those who were turned away together do not come back together. */
  #pauseMs(round: number): number {
    const ceiling = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(round, 10), LONGEST_PAUSE_MS);
    return ceiling / 2 + (this.#parts.random() * ceiling) / 2;
  }
}

function isAlive(clock: Clock, { link }: Shared): Promise<boolean> {
  if (link.isOver) return Promise.resolve(false);
  return new Promise((resolve) => {
    const timer = clock.after(LONGEST_SILENCE_MS, () => resolve(false));
    // Also called when contact ends.
    ping(link.client, () => {
      timer.cancel();
      resolve(!link.isOver);
    });
  });
}

function isBusy(error: unknown): boolean {
  return (
    error instanceof FailureError &&
    error.failure.code === 'target-busy' &&
    error.failure.via === null
  );
}

function named(failure: FailureError['failure'], hop: Target): FailureError['failure'] {
  return { ...failure, via: hop.name };
}

/** What a target's observer hears of its jump host: the phases of its own are others. */
function observerFor(hop: Target, observer: PhaseObserver): PhaseObserver {
  const said = (text: string): string => `jump host ${hop.name}: ${text}`;
  const { trace } = observer;
  return {
    phase: (phase, ms, detail) =>
      trace?.(said(`${phase} ${Math.round(ms)} ms${detail === null ? '' : `, ${detail}`}`)),
    trace: trace === null ? null : (text) => trace(said(text)),
    warning: (text) => observer.warning(said(text)),
  };
}

/** sshd's default (MaxStartups in sshd_config(5)) begins to turn logins away at the tenth. */
const LOGINS_OF_ONE_ADDRESS = 8;
/** A fleet is worked through in more than one go: between two the jump host is not logged in to anew. */
const SHORTEST_KEEP_MS = 30_000;
/** After so long another login is the better wait. */
const LONGEST_SILENCE_MS = 2_000;
const FIRST_PAUSE_MS = 150;
const LONGEST_PAUSE_MS = 3000;
/** Less than this is not enough to greet a server in. */
const SHORTEST_ATTEMPT_MS = 50;
