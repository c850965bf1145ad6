import { abortReason, onceAborted, throwIfAborted } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { safeLine } from '../base/safe-text.ts';
import { FailureError } from '../model/failure.ts';
import type { ConnectRequest, Probe, ProbeRequest, Reach } from '../model/ports/transport.ts';
import { PLAIN_SSH } from '../model/ssh-settings.ts';
import { Attempt } from './connect/attempt.ts';
import { approach, enter, type Greeted, type LoginParts } from './connect/connect.ts';
import type { Link } from './connect/link.ts';
import { SshConnection } from './connection.ts';
import { agentFor } from './credentials/credentials.ts';
import type { Descriptors } from './descriptors.ts';
import { endpoint, fail } from './failures.ts';
import { hostKeyCheck } from './host-keys/host-key-check.ts';
import { hostIdentity } from './host-keys/known-hosts.ts';
import type { Hops } from './jumps/hops.ts';
import type { KeepaliveOptions } from './keepalive.ts';
import type { NewConnection } from './pool/connections.ts';
import type { SharedLogin } from './pool/shared-login.ts';
import type { Preparations } from './preparations.ts';
import { describeProbe } from './probe.ts';

export interface OpenerParts {
  readonly clock: Clock;
  readonly preparations: Preparations;
  readonly descriptors: Descriptors;
  /** Where a target says nothing else. */
  readonly keepalive: KeepaliveOptions;
  /** Told, in safe text, of what is wrong with settings that many targets share. */
  readonly warn: (text: string) => void;
  /** The way to jump hosts, whose own logins come back here. */
  readonly hops: () => Hops;
}

/** Where the lines of one conversation go: to those who wait for the login, then to those who hold places. */
interface Wire {
  to: { trace(text: string): void } | null;
}

/** The attempts to reach hosts that are under way: for a login, or for less. */
export class Opener {
  readonly #parts: OpenerParts;
  readonly #attempts = new Set<Attempt>();
  readonly #underWay = new Map<SharedLogin, Attempt>();
  #closed: Error | null = null;

  constructor(parts: OpenerParts) {
    this.#parts = parts;
  }

  /** One login, for all who wait for it. The time budget is that of the first, and begins now. */
  async open({ login, first, places, owner }: NewConnection): Promise<SshConnection> {
    if (this.#closed !== null) throw this.#closed;
    const { clock, keepalive } = this.#parts;
    const { observer, key } = login;
    const request: ConnectRequest = { ...first, observer, ask: login.ask };
    const wire: Wire = { to: { trace: (text) => observer.trace?.(text) } };
    const attempt = new Attempt(clock, request);
    this.#underWay.set(login, attempt);
    try {
      const link = await this.#go(attempt, request, 'auth', () => this.#loginParts(request, wire));
      if (link === null) throw new Error('a connection ended short of its login');
      if (this.#closed !== null) {
        link.close();
        throw this.#closed;
      }
      // Nobody is to be lent what is there no more.
      if (link.isOver) {
        const where = endpoint(request.target);
        throw fail('closed-early', `${where} closed the connection right after the login`);
      }
      const asked = request.target.ssh?.keepalive;
      const connection = new SshConnection({
        clock,
        link,
        address: attempt.progress.address ?? request.target.address,
        key,
        places: places(),
        keepalive: asked ? { intervalMs: asked.intervalMs, count: asked.missed } : keepalive,
        owner,
      });
      wire.to = connection;
      return connection;
    } finally {
      this.#underWay.delete(login);
    }
  }

  /** Gives up a login that is under way. */
  giveUp(login: SharedLogin, reason: Error): void {
    this.#underWay.get(login)?.cut(reason);
  }

  async probe(request: ProbeRequest): Promise<Probe> {
    const { observer, until } = request;
    const wire = { to: { trace: (text: string) => observer.trace?.(text) } };
    const parts = (): LoginParts => this.#loginParts(request, wire);
    return this.#alone(request, async (attempt) => {
      try {
        const link = await this.#go(attempt, request, until, parts);
        link?.close();
        return describeProbe(attempt.progress, null);
      } catch (error) {
        if (!(error instanceof FailureError)) throw error;
        return describeProbe(attempt.progress, error.failure);
      }
    });
  }

  /** A server that has greeted us, for the time of `use`: a connection that is short of a login. */
  lendGreeted<T>(
    request: ConnectRequest,
    use: (attempt: Attempt, greeted: Greeted) => Promise<T>,
  ): Promise<T> {
    return this.#alone(request, async (attempt) => {
      this.#attempts.add(attempt);
      try {
        const greeted = await this.#approach(attempt, request, 'auth');
        if (greeted === null) throw new Error('a connection ended short of its greeting');
        return await use(attempt, greeted);
      } finally {
        attempt.abandon();
        this.#attempts.delete(attempt);
      }
    });
  }

  /** Gives up all attempts, and takes no more. */
  close(error: Error): void {
    this.#closed = error;
    for (const attempt of this.#attempts) attempt.cut(error);
  }

  /** An attempt that is nobody else's, cut when its request is. */
  async #alone<T>(request: ConnectRequest, use: (attempt: Attempt) => Promise<T>): Promise<T> {
    if (this.#closed !== null) throw this.#closed;
    const { signal } = request;
    throwIfAborted(signal);
    const attempt = new Attempt(this.#parts.clock, request);
    const unlisten = onceAborted(signal, () => attempt.cut(abortReason(signal)));
    try {
      return await use(attempt);
    } finally {
      unlisten();
    }
  }

  /** One attempt, as far as `until`. A link only where that is the login. */
  async #go(
    attempt: Attempt,
    request: ConnectRequest,
    until: Reach,
    parts: () => LoginParts,
  ): Promise<Link | null> {
    this.#attempts.add(attempt);
    try {
      const greeted = await this.#approach(attempt, request, until);
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

  #approach(attempt: Attempt, request: ConnectRequest, until: Reach): Promise<Greeted | null> {
    const { descriptors, hops } = this.#parts;
    return approach(attempt, { descriptors, hops: hops(), request }, until);
  }

  #loginParts({ target, access, observer, ask }: ConnectRequest, wire: Wire): LoginParts {
    const prepared = this.#parts.preparations.of(target, access);
    const ssh = target.ssh ?? PLAIN_SSH;
    return {
      ssh2: prepared.ssh2,
      keys: prepared.keys,
      passedOver: prepared.credentials.passedOver(target),
      password: access.password,
      ask,
      lentAgent: ssh.forwardAgent ? agentFor(target, access) : null,
      check: hostKeyCheck({
        knownHosts: prepared.knownHosts,
        ...hostIdentity(target),
        policy: ssh.hostKeys ?? access.hostKeys,
        writeFile: ssh.knownHostsWrite ?? access.knownHostsWrite,
        isHashing: ssh.hashKnownHosts,
      }),
      wishes: ssh,
      warn: this.#parts.warn,
      debug:
        observer.trace === null ? null : (line) => wire.to?.trace(safeLine(line, LONGEST_TRACE)),
    };
  }
}

/** A line of the conversation may hold a list of every algorithm there is. */
const LONGEST_TRACE = 1_000;
