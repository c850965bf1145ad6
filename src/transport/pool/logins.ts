import type { ConnectRequest } from '../../model/ports/transport.ts';
import type { SshConnection } from '../connection.ts';
import type { LoginKey } from '../credentials/credentials.ts';
import type { Place } from '../place.ts';
import type { Pool } from './pool.ts';
import { SharedLogin } from './shared-login.ts';

export interface LoginsParts {
  readonly pool: Pool;
  /** Connections open at once; idle ones make room, and where there is none a login waits. */
  readonly max: number;
  /** Places on one, where its server is not known to allow fewer. */
  readonly places: number;
  /** Logs in, and has the connection in the pool when it resolves. */
  readonly open: (login: SharedLogin, first: ConnectRequest) => Promise<SshConnection>;
  /** Gives up a login that is under way. */
  readonly giveUp: (login: SharedLogin, reason: Error) => void;
  readonly lend: (connection: SshConnection, request: ConnectRequest) => Place;
  /** The connection has nobody who waited for it any more. */
  readonly unwanted: (connection: SshConnection) => void;
}

/** The logins that are under way, or wait until there is room for another connection. */
export class Logins {
  readonly #parts: LoginsParts;
  readonly #byKey = new Map<string, Set<SharedLogin>>();
  /** Those that have not begun, the first come first. */
  readonly #waiting = new Set<SharedLogin>();
  #underWay = 0;
  #isLooking = false;

  constructor(parts: LoginsParts) {
    this.#parts = parts;
  }

  /** Waits for a login that may serve this request too, or begins one. */
  join(key: string, keys: readonly LoginKey[], request: ConnectRequest): Promise<Place> {
    for (const login of this.#byKey.get(key) ?? []) {
      if (login.hasRoomFor(request, keys)) return login.join(request);
    }
    const places = this.#parts.pool.placesFor(key, this.#parts.places);
    const login = new SharedLogin(key, keys, request, places, this.#deserted);
    const joined = login.join(request);
    this.#remember(login);
    this.#waiting.add(login);
    this.look();
    return joined;
  }

  /** Something has changed that those who wait may have waited for: a place, or room for a connection. */
  look(): void {
    if (this.#waiting.size === 0 || this.#isLooking) return;
    // Closing a connection to make room calls back here.
    this.#isLooking = true;
    for (const login of this.#waiting) {
      this.#serve(login);
      if (login.first !== null && !this.#hasRoom()) continue;
      this.#waiting.delete(login);
      if (login.first === null) this.#forget(login);
      else void this.#run(login, login.first);
    }
    this.#isLooking = false;
  }

  /** Fails all that wait for room. */
  close(error: Error): void {
    for (const login of this.#waiting) {
      this.#forget(login);
      login.fail(error);
    }
    this.#waiting.clear();
  }

  /** Places that have come free on open connections. */
  #serve(login: SharedLogin): void {
    while (login.first !== null) {
      const connection = this.#parts.pool.find(login.key);
      if (connection === null) return;
      login.serve(this.#lender(connection));
    }
  }

  #hasRoom(): boolean {
    const { pool, max } = this.#parts;
    return pool.size + this.#underWay < max || pool.spare();
  }

  async #run(login: SharedLogin, first: ConnectRequest): Promise<void> {
    this.#underWay += 1;
    try {
      const connection = await this.#parts.open(login, first);
      login.serve(this.#lender(connection));
      if (connection.holders === 0) this.#parts.unwanted(connection);
    } catch (error) {
      this.#forget(login);
      login.fail(error instanceof Error ? error : new Error('the login failed', { cause: error }));
    }
    this.#underWay -= 1;
    // Its server has been seen to allow fewer places meanwhile.
    if (login.first === null) this.#forget(login);
    else this.#waiting.add(login);
    this.look();
  }

  #lender(connection: SshConnection): Parameters<SharedLogin['serve']>[0] {
    return {
      get hasRoom() {
        return connection.hasRoom;
      },
      lend: (request) => this.#parts.lend(connection, request),
    };
  }

  readonly #deserted = (login: SharedLogin, reason: Error): void => {
    this.#forget(login);
    if (!this.#waiting.delete(login)) this.#parts.giveUp(login, reason);
  };

  #remember(login: SharedLogin): void {
    const others = this.#byKey.get(login.key);
    if (others === undefined) this.#byKey.set(login.key, new Set([login]));
    else others.add(login);
  }

  #forget(login: SharedLogin): void {
    const all = this.#byKey.get(login.key);
    all?.delete(login);
    if (all?.size === 0) this.#byKey.delete(login.key);
  }
}
