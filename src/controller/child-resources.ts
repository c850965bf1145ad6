import type { Connection } from '../model/ports/transport.ts';

/** What a child holds while it runs, given back on every ending. */
export class ChildResources {
  /** The command was accepted. */
  sent = false;
  /** It was about to be sent, and so may have been. */
  maySent = false;
  readonly #tasks = new Set<() => void>();
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

  /** Has this done on release, or before, by what it returns: once. */
  onRelease(task: () => void): () => void {
    const once = (): void => {
      if (this.#tasks.delete(once)) task();
    };
    this.#tasks.add(once);
    return once;
  }

  release(): void {
    this.#isReleased = true;
    for (const task of this.#tasks) task();
    this.letGo();
  }
}
