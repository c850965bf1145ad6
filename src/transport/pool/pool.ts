import type { Clock } from '../../base/clock.ts';
import type { SshConnection } from '../connection.ts';
import { Idle } from './idle.ts';

export interface PoolBounds {
  /** Idle connections that are not given up by time while there are no more of them. */
  readonly min: number;
  /** Connections open at once: an idle one is closed for a new one, and where there is none the new one waits. */
  readonly max: number;
}

/** The open connections by what they may serve. */
export class Pool {
  readonly #byKey = new Map<string, SshConnection[]>();
  readonly #idle: Idle;
  #size = 0;

  constructor(clock: Clock, min: number) {
    this.#idle = new Idle(clock, min);
  }

  /** Connections open now, idle ones included. */
  get size(): number {
    return this.#size;
  }

  add(connection: SshConnection): void {
    this.#size += 1;
    const others = this.#byKey.get(connection.key);
    if (others === undefined) this.#byKey.set(connection.key, [connection]);
    else others.push(connection);
  }

  /** Contact is over. */
  remove(connection: SshConnection): void {
    const all = this.#byKey.get(connection.key);
    const index = all?.indexOf(connection) ?? -1;
    if (all === undefined || index === -1) return;
    this.#size -= 1;
    this.#idle.drop(connection);
    if (all.length === 1) this.#byKey.delete(connection.key);
    else all.splice(index, 1);
    if (this.#size === 0) this.#idle.stop();
  }

  /** One with a free place: the fullest, so that others become idle; of idle ones the newest, the likeliest to be alive. */
  find(key: string): SshConnection | null {
    let best: SshConnection | null = null;
    for (const one of this.#byKey.get(key) ?? []) {
      if (one.hasRoom && (best === null || isBetter(one, best))) best = one;
    }
    return best;
  }

  /** It has a holder. */
  held(connection: SshConnection): void {
    this.#idle.drop(connection);
  }

  /** Nobody holds it any more: it is kept for a while, or ended. */
  free(connection: SshConnection): void {
    if (connection.hasRoom) this.#idle.put(connection);
    else connection.link.close();
  }

  /** Places on a new connection: its server has been seen to allow so many. */
  placesFor(key: string, most: number): number {
    return (this.#byKey.get(key) ?? []).reduce(
      (least, { places }) => Math.min(least, places),
      most,
    );
  }

  /** Ends the idle connection that waits longest; false: none is idle. */
  spare(): boolean {
    const { oldest } = this.#idle;
    oldest?.link.close();
    return oldest !== null;
  }

  of(key: string): readonly SshConnection[] {
    return [...(this.#byKey.get(key) ?? [])];
  }

  /** Those that are open now, whatever becomes of them meanwhile. */
  all(): readonly SshConnection[] {
    return [...this.#byKey.values()].flat();
  }
}

function isBetter(one: SshConnection, other: SshConnection): boolean {
  return one.holders === other.holders ? one.freedAt >= other.freedAt : one.holders > other.holders;
}
