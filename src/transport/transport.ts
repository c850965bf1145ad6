import { throwIfAborted } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { safeLine } from '../base/safe-text.ts';
import type { Access } from '../model/access.ts';
import { ConfigError } from '../model/errors.ts';
import { FailureError } from '../model/failure.ts';
import type {
  Connection,
  ConnectRequest,
  PhaseObserver,
  Probe,
  ProbeRequest,
  Reach,
  Transport,
} from '../model/ports/transport.ts';
import type { Target } from '../model/target.ts';
import { Attempt } from './connect/attempt.ts';
import { approach, enter, type LoginParts } from './connect/connect.ts';
import type { Link } from './connect/link.ts';
import { SshConnection, type ConnectionOwner } from './connection.ts';
import { Descriptors } from './descriptors.ts';
import { hostKeyCheck } from './host-keys/host-key-check.ts';
import { DEFAULT_KEEPALIVE, type KeepaliveOptions } from './keepalive.ts';
import { Pool } from './pool.ts';
import { Preparations } from './preparations.ts';
import { describeProbe } from './probe.ts';

export interface TransportOptions {
  readonly clock: Clock;
  /** How long a connection is kept for the next request after its work, in milliseconds; 0: it is ended at once. */
  readonly keepMs: number;
  /** Default: every 15 s, and lost after three requests without an answer. */
  readonly keepalive?: KeepaliveOptions;
  /** Told once, in safe text, when this process runs out of file descriptors and connecting has to wait. */
  readonly warn?: (text: string) => void;
}

/** SSH. One for each controller; connections are shared by all its jobs. */
export function createTransport(options: TransportOptions): Transport {
  return new SshTransport(options);
}

class SshTransport implements Transport, ConnectionOwner {
  readonly #clock: Clock;
  readonly #keepalive: KeepaliveOptions;
  readonly #pool: Pool;
  readonly #descriptors: Descriptors;
  readonly #preparations = new Preparations();
  readonly #attempts = new Set<Attempt>();
  readonly #connections = new Set<SshConnection>();
  #isClosed = false;

  constructor({ clock, keepMs, keepalive = DEFAULT_KEEPALIVE, warn }: TransportOptions) {
    this.#clock = clock;
    this.#keepalive = keepalive;
    this.#pool = new Pool(clock, keepMs);
    this.#descriptors = new Descriptors(warn ?? (() => undefined), () => this.#pool.spare());
  }

  get openConnections(): number {
    return this.#connections.size;
  }

  async prepare(targets: readonly Target[], access: Access, login: boolean): Promise<void> {
    refuseJumps(targets);
    if (login) await this.#preparations.prepare(targets, access);
  }

  /** Passphrases are asked for in `prepare`. */
  async unlock(): Promise<void> {}

  take({ target, access, observer }: ConnectRequest): Connection | null {
    const connection = this.#pool.take(target, access);
    connection?.hold(target, observer);
    return connection;
  }

  async connect(request: ConnectRequest): Promise<Connection> {
    const attempt = this.#begin(request);
    let connection: SshConnection | null = null;
    const trace = (): PhaseObserver['trace'] =>
      connection === null ? request.observer.trace : connection.trace;
    const link = await this.#go(attempt, 'auth', trace);
    if (link === null) throw new Error('a connection ended short of its login');
    const { target, access, observer } = request;
    const address = attempt.progress.address ?? target.address;
    const parts = { clock: this.#clock, link, address, access, keepalive: this.#keepalive };
    connection = new SshConnection({ ...parts, owner: this }, target, observer);
    this.#connections.add(connection);
    return connection;
  }

  async probe(request: ProbeRequest): Promise<Probe> {
    const attempt = this.#begin(request);
    try {
      const link = await this.#go(attempt, request.until, () => request.observer.trace);
      link?.close();
      return describeProbe(attempt.progress, null);
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      return describeProbe(attempt.progress, error.failure);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const attempt of this.#attempts) attempt.cut(closed());
    for (const { link } of this.#connections) link.close();
    await this.#descriptors.allClosed();
  }

  released(connection: SshConnection): void {
    if (this.#isClosed || this.#descriptors.isAwaited) connection.link.close();
    else this.#pool.put(connection);
  }

  gone(connection: SshConnection): void {
    this.#connections.delete(connection);
    this.#pool.drop(connection);
  }

  #begin(request: ConnectRequest): Attempt {
    if (this.#isClosed) throw closed();
    throwIfAborted(request.signal);
    return new Attempt(this.#clock, request);
  }

  /** One attempt, as far as `until`. A link only where that is the login. */
  async #go(
    attempt: Attempt,
    until: Reach,
    trace: () => PhaseObserver['trace'],
  ): Promise<Link | null> {
    this.#attempts.add(attempt);
    try {
      const greeted = await approach(attempt, this.#descriptors, until);
      if (greeted === null) {
        attempt.abandon();
        return null;
      }
      const link = await enter(attempt, greeted, this.#loginParts(attempt.request, trace));
      attempt.finish();
      return link;
    } catch (error) {
      attempt.abandon();
      throw error;
    } finally {
      this.#attempts.delete(attempt);
    }
  }

  #loginParts(
    { target, access, observer }: ConnectRequest,
    trace: () => PhaseObserver['trace'],
  ): LoginParts {
    const { ssh2, knownHosts, keys, credentials } = this.#preparations.of(target, access);
    const { address: host, port } = target;
    const { hostKeys: policy, knownHostsWrite: writeFile } = access;
    return {
      ssh2,
      keys,
      passedOver: credentials.passedOver,
      check: hostKeyCheck({ knownHosts, host, port, policy, writeFile }),
      debug: observer.trace === null ? null : (line) => trace()?.(safeLine(line, LONGEST_TRACE)),
    };
  }
}

/** A host behind a jump host must never be reached directly: another may have its address here. */
function refuseJumps(targets: readonly Target[]): void {
  const behind = targets.find(({ jump }) => jump.length > 0);
  if (behind === undefined) return;
  throw new ConfigError('not-supported', `${behind.name} is behind a jump host`, {
    hint: 'jump hosts are not supported yet; nothing was run',
  });
}

function closed(): Error {
  return new Error('the transport is closed');
}

/** A line of the conversation may hold a list of every algorithm there is. */
const LONGEST_TRACE = 1_000;
