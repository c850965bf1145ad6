import { throwIfAborted } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import type { Access } from '../model/access.ts';
import type {
  Connection,
  ConnectRequest,
  OfferedHostKey,
  Probe,
  ProbeRequest,
  Transport,
} from '../model/ports/transport.ts';
import type { Target } from '../model/target.ts';
import { MOST_PLACES } from './connection.ts';
import { Descriptors } from './descriptors.ts';
import { fetchHostKeys } from './host-keys/fetch-host-keys.ts';
import { allHops, hopsOf } from './jumps/chain.ts';
import { Hops } from './jumps/hops.ts';
import { DEFAULT_KEEPALIVE, type KeepaliveOptions } from './keepalive.ts';
import { Opener } from './opener.ts';
import { Connections } from './pool/connections.ts';
import { poolKey } from './pool/pool-key.ts';
import type { PoolBounds } from './pool/pool.ts';
import { Preparations } from './preparations.ts';
import { RefusedLogins } from './refused-logins.ts';
import { loadSsh2 } from './ssh2.ts';

export interface TransportOptions {
  readonly clock: Clock;
  /** How long a connection is kept for the next request after its work, in milliseconds; 0: it is ended at once. */
  readonly keepMs: number;
  /** Default: every 15 s, and lost after three requests without an answer. */
  readonly keepalive?: KeepaliveOptions;
  /**
   * Default: none is kept beyond its time, and there are as many as are wanted. Neither probes nor the connections to jump
   * hosts are counted.
   */
  readonly pool?: PoolBounds;
  /**
   * Told, in safe text and each thing once: this process has run out of file descriptors, and connecting has to wait; a
   * setting of some targets asks for what we do not have.
   */
  readonly warn?: (text: string) => void;
  /** From 0 to below 1: for the jitter. Default: chance. */
  readonly random?: () => number;
}

/** SSH. One for each controller; connections are shared by all its jobs. */
export function createTransport(options: TransportOptions): Transport {
  return new SshTransport(options);
}

class SshTransport implements Transport {
  readonly #targets: Connections;
  readonly #hops: Hops;
  readonly #opener: Opener;
  readonly #descriptors: Descriptors;
  readonly #preparations = new Preparations();
  readonly #refused = new RefusedLogins();
  #isClosed = false;

  constructor(options: TransportOptions) {
    const { clock, keepMs, keepalive = DEFAULT_KEEPALIVE } = options;
    const warned = new Set<string>();
    const warn = (text: string): void => {
      if (!warned.has(text)) options.warn?.(text);
      warned.add(text);
    };
    this.#descriptors = new Descriptors(warn, () => void this.#spare());
    const opener = new Opener({
      clock,
      preparations: this.#preparations,
      descriptors: this.#descriptors,
      keepalive,
      warn,
      hops: () => this.#hops,
    });
    this.#opener = opener;
    const common = {
      clock,
      keepMs,
      open: opener.open.bind(opener),
      giveUp: opener.giveUp.bind(opener),
      mustEnd: () => this.#isClosed || this.#descriptors.isAwaited,
    };
    const bounds = options.pool ?? { min: 0, max: Infinity };
    this.#targets = new Connections({ ...common, bounds, places: MOST_PLACES });
    const keysOf = ({ target, access }: ConnectRequest) =>
      this.#preparations.of(target, access).keys;
    this.#hops = new Hops({ ...common, keysOf, random: options.random ?? Math.random });
  }

  get openConnections(): number {
    return this.#targets.size + this.#hops.size;
  }

  async prepare(targets: readonly Target[], access: Access, login: boolean): Promise<void> {
    this.#hops.forget(access);
    this.#refused.forget(access);
    const hops = allHops(targets);
    // What needs no login at a target needs one at the hosts before it.
    const all = login ? [...targets, ...hops] : hops;
    if (all.length > 0) await this.#preparations.prepare(all, access);
  }

  async unlock(request: ConnectRequest): Promise<void> {
    const { target, access, ask } = request;
    if (ask === null || this.#targets.has(poolKey(target, access))) return;
    for (const hop of hopsOf(target.jump)) {
      if (this.#hops.isOpen({ target: hop, access })) continue;
      await this.#preparations.unlock(hop, access, ask);
    }
    await this.#preparations.unlock(target, access, ask);
  }

  take(request: ConnectRequest): Connection | null {
    return this.#targets.take(poolKey(request.target, request.access), request);
  }

  /** Also takes a place that has come free since `take`; waits where there are as many connections as there may be. */
  async connect(request: ConnectRequest): Promise<Connection> {
    this.#refuseIfClosed();
    throwIfAborted(request.signal);
    const place = this.take(request);
    if (place !== null) return place;
    const { target, access } = request;
    const { keys } = this.#preparations.of(target, access);
    const key = poolKey(target, access);
    return this.#refused.once(access, `${key} ${target.name}`, () =>
      this.#targets.join(key, keys, request),
    );
  }

  async probe(request: ProbeRequest): Promise<Probe> {
    const { target, access, until } = request;
    const full = (): Promise<Probe> => this.#opener.probe(request);
    if (until !== 'auth') return full();
    const short = (): Promise<Probe> => this.#opener.probe({ ...request, until: 'ssh' });
    const key = `${poolKey(target, access)} ${target.name}`;
    return this.#refused.onceProbed(access, key, { full, short });
  }

  async hostKeys(request: ConnectRequest): Promise<readonly OfferedHostKey[]> {
    this.#refuseIfClosed();
    return fetchHostKeys({
      ssh2: await loadSsh2(),
      target: request.target,
      lend: (use) => this.#opener.lendGreeted(request, use),
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#opener.close(closed());
    this.#targets.close(closed());
    this.#hops.close(closed());
    await this.#descriptors.allClosed();
  }

  #spare(): boolean {
    return this.#targets.spare() || this.#hops.spare();
  }

  #refuseIfClosed(): void {
    if (this.#isClosed) throw closed();
  }
}

function closed(): Error {
  return new Error('the transport is closed');
}
