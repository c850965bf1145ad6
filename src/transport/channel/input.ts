import type { ClientChannel } from '../ssh2.ts';

/**
 * The command's stdin. A write is settled by the stream or by the end of the channel, whichever comes first: ssh2 never
 * calls back for what it still holds when a channel closes.
 */
export class Input {
  #stream: ClientChannel | null = null;
  #isOver = false;
  #pending: ((taken: boolean) => void)[] = [];

  /** The channel is open. */
  open(stream: ClientChannel): void {
    this.#stream = stream;
  }

  write(bytes: Uint8Array): Promise<boolean> {
    const stream = this.#stream;
    if (this.#isOver || stream === null) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#pending.push(resolve);
      stream.write(bytes, (error) => {
        this.#pending.splice(this.#pending.indexOf(resolve), 1);
        resolve(error === null || error === undefined);
      });
    });
  }

  /** Sends end of file, after what was written. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream?.end();
  }

  /** Nobody reads it any more. */
  close(): void {
    this.#isOver = true;
    const pending = this.#pending;
    this.#pending = [];
    for (const settle of pending) settle(false);
  }
}
