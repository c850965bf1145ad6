import type { Connection } from '../model/ports/transport.ts';

/** What a child holds while it runs, given back on every ending. */
export class ChildResources {
  /** The command was accepted. */
  sent = false;
  /** It was about to be sent, and so may have been. */
  maySent = false;
  readonly #unlisten: (() => void)[] = [];
  #connection: Connection | null = null;
  #isReleased = false;

  /** The place it holds. */
  get connection(): Connection | null {
    return this.#connection;
  }

  /** Holds this place, instead of the one it held before. */
  hold(connection: Connection): void {
    if (connection !== this.#connection) this.#connection?.release();
    this.#connection = connection;
    if (this.#isReleased) this.release();
  }

  /** Holds this place also after its release, until the next. */
  keep(connection: Connection): void {
    this.#isReleased = false;
    this.hold(connection);
  }

  /** Gives up the place it holds, where it holds one. */
  letGo(): void {
    this.#connection?.release();
    this.#connection = null;
  }

  /** The connection is lost, and with it whatever listens for its sake. */
  lose(): void {
    for (const stop of this.#unlisten.splice(0)) stop();
    this.letGo();
  }

  onRelease(task: () => void): void {
    this.#unlisten.push(task);
  }

  release(): void {
    this.#isReleased = true;
    this.lose();
  }
}
