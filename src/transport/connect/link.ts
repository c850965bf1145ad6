import { FailureError } from '../../model/failure.ts';
import type { Client } from '../ssh2.ts';
import type { Carrier } from './carrier.ts';

/** Told once, when the link is over: the first error, or null where the other side simply closed. */
export type LinkEnd = (error: Error | null) => void;

/**
 * One ssh2 client on its socket, for their whole life. The first error decides and destroys the socket: after many of
 * its errors ssh2 leaves it open, and repeats them without end. Later ones are counted and go nowhere.
 */
export class Link {
  readonly client: Client;
  readonly socket: Carrier;
  /** The first error; null: none yet, or an end without one. */
  error: Error | null = null;
  lateErrors = 0;
  /** Contact is over, or ends now. */
  isOver = false;
  /** It was us who ended it. */
  isOurs = false;
  #end: LinkEnd | null = null;

  constructor(client: Client, socket: Carrier) {
    this.client = client;
    this.socket = socket;
    client.on('error', (error: Error) => this.fail(error));
    // The end of the server's side comes before the close, and is all that comes when its process is killed.
    client.on('end', () => {
      socket.destroy();
      this.#finish();
    });
    client.on('close', () => this.#finish());
  }

  /** The jump host whose loss this was; null: nobody but the other side, or us. */
  get via(): string | null {
    return this.error instanceof FailureError ? this.error.failure.via : null;
  }

  /** Sets who is told of the end, in place of who was before; soon, where it is over already. */
  onEnd(listener: LinkEnd): void {
    this.#end = listener;
    // It ended while nobody listened: between the key exchange and the login, or right after that.
    if (this.isOver) queueMicrotask(() => this.#tell());
  }

  /** Contact is lost, or no longer worth having. */
  fail(error: Error): void {
    if (this.isOver) {
      this.lateErrors += 1;
      return;
    }
    this.error = error;
    this.socket.destroy();
    this.#finish();
  }

  /** Says goodbye (RFC 4253 section 11.1), and does not wait for an answer. */
  close(): void {
    if (this.isOver) return;
    this.isOurs = true;
    this.client.end();
    // Where even that has to wait for the other side, it may be for ever.
    if (this.socket.writableLength === 0) this.socket.destroySoon();
    else this.socket.destroy();
    this.#finish();
  }

  /** Ends it at once, without a word. */
  destroy(): void {
    if (this.isOver) return;
    this.isOurs = true;
    this.socket.destroy();
    this.#finish();
  }

  #finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#tell();
  }

  #tell(): void {
    const tell = this.#end;
    this.#end = null;
    tell?.(this.error);
  }
}
