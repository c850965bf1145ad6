import type { Clock, Timer } from '../base/clock.ts';
import type { Access } from '../model/access.ts';
import type { Target } from '../model/target.ts';
import type { SshConnection } from './connection.ts';
import { poolKey } from './pool-key.ts';

interface Idle {
  readonly connection: SshConnection;
  readonly timer: Timer;
}

/** Connections that nobody holds, each for `keepMs` at most. They do not keep the process alive. */
export class Pool {
  readonly #clock: Clock;
  readonly #keepMs: number;
  /** Oldest first, and so are the keys. */
  readonly #idle = new Map<string, Idle[]>();

  constructor(clock: Clock, keepMs: number) {
    this.#clock = clock;
    this.#keepMs = keepMs;
  }

  /** Keeps a connection, or ends it. */
  put(connection: SshConnection): void {
    if (this.#keepMs <= 0 || !connection.isReusable) {
      connection.link.close();
      return;
    }
    const timer = this.#clock.after(this.#keepMs, () => connection.link.close());
    timer.unref();
    connection.link.socket.unref();
    const idle = this.#idle.get(connection.key);
    if (idle === undefined) this.#idle.set(connection.key, [{ connection, timer }]);
    else idle.push({ connection, timer });
  }

  /** One that nobody holds, the last used first: it is the likeliest to be alive. */
  take(target: Target, access: Access): SshConnection | null {
    if (this.#idle.size === 0) return null;
    const idle = this.#idle.get(poolKey(target, access)) ?? [];
    for (;;) {
      const found = idle.at(-1);
      if (found === undefined) return null;
      this.drop(found.connection);
      if (found.connection.isReusable) return found.connection;
      found.connection.link.close();
    }
  }

  /** Ends the idle connection that waits longest. */
  spare(): void {
    for (const idle of this.#idle.values()) {
      idle[0]?.connection.link.close();
      return;
    }
  }

  /** Forgets a connection: it is over, or has a holder. */
  drop(connection: SshConnection): void {
    const idle = this.#idle.get(connection.key);
    const index = idle?.findIndex((one) => one.connection === connection) ?? -1;
    if (idle === undefined || index === -1) return;
    idle[index]?.timer.cancel();
    idle.splice(index, 1);
    if (idle.length === 0) this.#idle.delete(connection.key);
  }
}
