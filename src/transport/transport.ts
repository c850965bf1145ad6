import { abortReason, onceAborted, throwIfAborted } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { safeLine } from '../base/safe-text.ts';
import type { Access } from '../model/access.ts';
import { ConfigError } from '../model/errors.ts';
import { FailureError } from '../model/failure.ts';
import type {
  Connection,
  ConnectRequest,
  OfferedHostKey,
  Probe,
  ProbeRequest,
  Reach,
  Transport,
} from '../model/ports/transport.ts';
import type { Target } from '../model/target.ts';
import { Attempt, type AttemptRequest } from './connect/attempt.ts';
import { approach, enter, type Greeted, type LoginParts } from './connect/connect.ts';
import type { Link } from './connect/link.ts';
import { MOST_PLACES, SshConnection, type ConnectionOwner } from './connection.ts';
import { Descriptors } from './descriptors.ts';
import { fetchHostKeys, type HostKeySource } from './host-keys/fetch-host-keys.ts';
import { hostKeyCheck } from './host-keys/host-key-check.ts';
import { DEFAULT_KEEPALIVE, type KeepaliveOptions } from './keepalive.ts';
import { Logins } from './pool/logins.ts';
import { poolKey } from './pool/pool-key.ts';
import { Pool, type PoolBounds } from './pool/pool.ts';
import type { SharedLogin } from './pool/shared-login.ts';
import { Preparations } from './preparations.ts';
import { describeProbe } from './probe.ts';
import { loadSsh2 } from './ssh2.ts';

export interface TransportOptions {
  readonly clock: Clock;
  /** How long a connection is kept for the next request after its work, in milliseconds; 0: it is ended at once. */
  readonly keepMs: number;
  /** Default: every 15 s, and lost after three requests without an answer. */
  readonly keepalive?: KeepaliveOptions;
  /** Default: none is kept beyond its time, and there are as many as are wanted. Probes are not counted. */
  readonly pool?: PoolBounds;
  /** Told once, in safe text, when this process runs out of file descriptors and connecting has to wait. */
  readonly warn?: (text: string) => void;
}

/** SSH. One for each controller; connections are shared by all its jobs. */
export function createTransport(options: TransportOptions): Transport {
  return new SshTransport(options);
}

/** Where the lines of one conversation go: to those who wait for the login, then to those who hold places. */
interface Wire {
  to: { trace(text: string): void } | null;
}

class SshTransport implements Transport, ConnectionOwner {
  readonly #clock: Clock;
  readonly #keepMs: number;
  readonly #keepalive: KeepaliveOptions;
  readonly #pool: Pool;
  readonly #logins: Logins;
  readonly #descriptors: Descriptors;
  readonly #preparations = new Preparations();
  readonly #attempts = new Set<Attempt>();
  readonly #underWay = new Map<SharedLogin, Attempt>();
  #isClosed = false;

  constructor({ clock, keepMs, keepalive = DEFAULT_KEEPALIVE, pool, warn }: TransportOptions) {
    const { min, max } = pool ?? { min: 0, max: Infinity };
    this.#clock = clock;
    this.#keepMs = keepMs;
    this.#keepalive = keepalive;
    this.#pool = new Pool(clock, min);
    this.#logins = new Logins({
      pool: this.#pool,
      max,
      open: (login, first) => this.#open(login, first),
      giveUp: (login, reason) => this.#underWay.get(login)?.cut(reason),
      lend: (connection, request) => this.#lend(connection, request),
      unwanted: (connection) => this.released(connection),
    });
    this.#descriptors = new Descriptors(warn ?? (() => undefined), () => void this.#pool.spare());
  }

  get openConnections(): number {
    return this.#pool.size;
  }

  async prepare(targets: readonly Target[], access: Access, login: boolean): Promise<void> {
    refuseJumps(targets);
    if (login) await this.#preparations.prepare(targets, access);
  }

  async unlock({ target, access, ask }: ConnectRequest): Promise<void> {
    if (ask === null || this.#pool.find(poolKey(target, access)) !== null) return;
    await this.#preparations.unlock(target, access, ask);
  }

  take(request: ConnectRequest): Connection | null {
    if (this.#pool.size === 0) return null;
    const connection = this.#pool.find(poolKey(request.target, request.access));
    return connection === null ? null : this.#lend(connection, request);
  }

  /** Also takes a place that has come free since `take`; waits where there are as many connections as there may be. */
  async connect(request: ConnectRequest): Promise<Connection> {
    this.#refuseIfClosed();
    throwIfAborted(request.signal);
    const place = this.take(request);
    if (place !== null) return place;
    const { target, access } = request;
    const { keys } = this.#preparations.of(target, access);
    return this.#logins.join(poolKey(target, access), keys, request);
  }

  async probe(request: ProbeRequest): Promise<Probe> {
    this.#refuseIfClosed();
    throwIfAborted(request.signal);
    const { signal, observer } = request;
    const attempt = new Attempt(this.#clock, request);
    const unlisten = onceAborted(signal, () => attempt.cut(abortReason(signal)));
    try {
      const parts = (): LoginParts =>
        this.#loginParts(request, { to: { trace: (text) => observer.trace?.(text) } });
      const link = await this.#go(attempt, request.until, parts);
      link?.close();
      return describeProbe(attempt.progress, null);
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      return describeProbe(attempt.progress, error.failure);
    } finally {
      unlisten();
    }
  }

  async hostKeys(request: ConnectRequest): Promise<readonly OfferedHostKey[]> {
    this.#refuseIfClosed();
    const ssh2 = await loadSsh2();
    const lend: HostKeySource['lend'] = (use) => this.#lendGreeted(request, use);
    return fetchHostKeys({ ssh2, target: request.target, lend });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#logins.close(closed());
    for (const attempt of this.#attempts) attempt.cut(closed());
    for (const { link } of this.#pool.all()) link.close();
    await this.#descriptors.allClosed();
  }

  released(connection: SshConnection): void {
    if (connection.holders === 0) {
      if (this.#isClosed || this.#descriptors.isAwaited) connection.link.close();
      else this.#pool.free(connection);
    }
    this.#logins.look();
  }

  gone(connection: SshConnection): void {
    this.#pool.remove(connection);
    this.#logins.look();
  }

  #lend(connection: SshConnection, request: ConnectRequest): Connection {
    this.#pool.held(connection);
    return connection.hold(request, request.keepMs ?? this.#keepMs);
  }

  /** One login, for all who wait for it. The time budget is that of the first, and begins now. */
  async #open(
    login: SharedLogin,
    { target, access, connectTimeoutMs }: ConnectRequest,
  ): Promise<SshConnection> {
    this.#refuseIfClosed();
    const { observer, key } = login;
    const request = { target, access, connectTimeoutMs, observer };
    const wire: Wire = { to: { trace: (text) => observer.trace?.(text) } };
    const attempt = new Attempt(this.#clock, request);
    this.#underWay.set(login, attempt);
    try {
      const link = await this.#go(attempt, 'auth', () => this.#loginParts(request, wire));
      if (link === null) throw new Error('a connection ended short of its login');
      if (this.#isClosed) {
        link.close();
        throw closed();
      }
      const connection = new SshConnection({
        clock: this.#clock,
        link,
        address: attempt.progress.address ?? target.address,
        key,
        places: this.#pool.placesFor(key, MOST_PLACES),
        keepalive: this.#keepalive,
        owner: this,
      });
      wire.to = connection;
      this.#pool.add(connection);
      return connection;
    } finally {
      this.#underWay.delete(login);
    }
  }

  /** One attempt, as far as `until`. A link only where that is the login. */
  async #go(attempt: Attempt, until: Reach, parts: () => LoginParts): Promise<Link | null> {
    this.#attempts.add(attempt);
    try {
      const greeted = await approach(attempt, this.#descriptors, until);
      if (greeted === null) {
        attempt.abandon();
        return null;
      }
      const link = await enter(attempt, greeted, parts());
      attempt.finish();
      return link;
    } catch (error) {
      attempt.abandon();
      throw error;
    } finally {
      this.#attempts.delete(attempt);
    }
  }

  /** A connection that is short of a login, for the time of `use`. */
  async #lendGreeted<T>(
    request: ConnectRequest,
    use: (attempt: Attempt, greeted: Greeted) => Promise<T>,
  ): Promise<T> {
    throwIfAborted(request.signal);
    const { signal } = request;
    const attempt = new Attempt(this.#clock, request);
    const unlisten = onceAborted(signal, () => attempt.cut(abortReason(signal)));
    this.#attempts.add(attempt);
    try {
      const greeted = await approach(attempt, this.#descriptors, 'auth');
      if (greeted === null) throw new Error('a connection ended short of its greeting');
      const result = await use(attempt, greeted);
      attempt.finish();
      return result;
    } catch (error) {
      attempt.abandon();
      throw error;
    } finally {
      this.#attempts.delete(attempt);
      unlisten();
    }
  }

  #loginParts(
    { target, access, observer }: AttemptRequest & { readonly access: Access },
    wire: Wire,
  ): LoginParts {
    const { ssh2, knownHosts, keys, credentials } = this.#preparations.of(target, access);
    const { address: host, port } = target;
    const { hostKeys: policy, knownHostsWrite: writeFile } = access;
    return {
      ssh2,
      keys,
      passedOver: credentials.passedOver(target),
      check: hostKeyCheck({ knownHosts, host, port, policy, writeFile }),
      debug:
        observer.trace === null ? null : (line) => wire.to?.trace(safeLine(line, LONGEST_TRACE)),
    };
  }

  #refuseIfClosed(): void {
    if (this.#isClosed) throw closed();
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
