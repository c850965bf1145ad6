import type { Clock } from '../../base/clock.ts';
import type { ConnectRequest } from '../../model/ports/transport.ts';
import type { ConnectionOwner, SshConnection } from '../connection.ts';
import type { LoginKey } from '../credentials/credentials.ts';
import type { Place } from '../place.ts';
import { Logins } from './logins.ts';
import { Pool, type PoolBounds } from './pool.ts';
import type { SharedLogin } from './shared-login.ts';

/** How a connection is made: one login, for all who wait for it. */
export interface NewConnection {
  readonly login: SharedLogin;
  readonly first: ConnectRequest;
  /** How many places one begins with that is made now. */
  readonly places: () => number;
  readonly owner: ConnectionOwner;
}

export interface ConnectionsParts {
  readonly clock: Clock;
  readonly bounds: PoolBounds;
  /** How long one is kept idle where its holders did not ask for more. */
  readonly keepMs: number;
  /** Places on one, where its server is not known to allow fewer. */
  readonly places: number;
  readonly open: (wanted: NewConnection) => Promise<SshConnection>;
  readonly giveUp: (login: SharedLogin, reason: Error) => void;
  /** Whether one that nobody holds is to be ended at once. */
  readonly mustEnd: () => boolean;
}

/** The open connections of one kind, and the logins for more of them. */
export class Connections implements ConnectionOwner {
  readonly #parts: ConnectionsParts;
  readonly #pool: Pool;
  readonly #logins: Logins;

  constructor(parts: ConnectionsParts) {
    const { clock, bounds, places, open, giveUp } = parts;
    this.#parts = parts;
    this.#pool = new Pool(clock, bounds.min);
    this.#logins = new Logins({
      pool: this.#pool,
      max: bounds.max,
      places,
      open: async (login, first) => {
        const room = (): number => this.#pool.placesFor(login.key, places);
        const connection = await open({ login, first, places: room, owner: this });
        this.#pool.add(connection);
        if (connection.link.isOver) this.#pool.remove(connection);
        return connection;
      },
      giveUp,
      lend: (connection, request) => this.#lend(connection, request),
      unwanted: (connection) => this.released(connection),
    });
  }

  /** Open now, idle ones included. */
  get size(): number {
    return this.#pool.size;
  }

  has(key: string): boolean {
    return this.#pool.find(key) !== null;
  }

  /** A place on an open one; null: none is free. */
  take(key: string, request: ConnectRequest): Place | null {
    if (this.#pool.size === 0) return null;
    const connection = this.#pool.find(key);
    return connection === null ? null : this.#lend(connection, request);
  }

  /** A place on one that is new, or on one that comes free first. */
  join(key: string, keys: readonly LoginKey[], request: ConnectRequest): Promise<Place> {
    return this.#logins.join(key, keys, request);
  }

  /** All those that may serve the same, whether or not they have room. */
  of(key: string): readonly SshConnection[] {
    return this.#pool.of(key);
  }

  /** Ends one that is idle; false: none is. */
  spare(): boolean {
    return this.#pool.spare();
  }

  /** Fails those who wait, and ends all connections: those first whose way is longest. */
  close(error: Error): void {
    this.#logins.close(error);
    for (const { link } of this.#pool.all().toReversed()) link.close();
  }

  released(connection: SshConnection): void {
    if (connection.holders === 0) {
      if (this.#parts.mustEnd()) connection.link.close();
      else this.#pool.free(connection);
    }
    this.#logins.look();
  }

  gone(connection: SshConnection): void {
    this.#pool.remove(connection);
    this.#logins.look();
  }

  #lend(connection: SshConnection, request: ConnectRequest): Place {
    this.#pool.held(connection);
    return connection.hold(request, request.keepMs ?? this.#parts.keepMs);
  }
}
