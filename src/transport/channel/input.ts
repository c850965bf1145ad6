import type { Carrier } from '../connect/carrier.ts';
import type { ClientChannel } from '../ssh2.ts';

/**
 * The command's stdin. A write is settled by the stream or by the end of the channel, whichever comes first: ssh2 never
 * calls back for what it still holds when a channel closes. ssh2 takes as much as the server's window allows, which may be
 * all there is: what has not left yet is waited for, beyond a measure.
 */
export class Input {
  #stream: ClientChannel | null = null;
  readonly #carrier: Carrier;
  #isOver = false;
  #pending: ((taken: boolean) => void)[] = [];

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
  }

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
        if (error !== null && error !== undefined) this.#settle(resolve, false);
        else if (this.#carrier.writableLength <= MOST_WAITING) this.#settle(resolve, true);
        else this.#carrier.setMaxListeners(0).once('drain', () => this.#settle(resolve, true));
      });
    });
  }

  #settle(resolve: (taken: boolean) => void, taken: boolean): void {
    const index = this.#pending.indexOf(resolve);
    if (index !== -1) this.#pending.splice(index, 1);
    resolve(taken);
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

/** Bytes that wait to leave on one connection, before its writers wait, too. */
const MOST_WAITING = 4 * 1024 * 1024;
