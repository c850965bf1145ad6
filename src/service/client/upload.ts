import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { nextTurn } from '../../base/clock.ts';
import { BYTES } from '../wire/protocol.ts';
import { accepted, responseOf, type Requests } from './requests.ts';

/** Sends input to the controller as the commands want it. */
export class Upload {
  /** Settles when all was sent, or no more is wanted. Rejects where the source fails, or the controller is gone. */
  readonly done: Promise<void>;
  readonly #sent: ClientRequest;
  #source: AsyncIterator<Uint8Array> | null = null;
  #isOver = false;

  constructor(requests: Requests, id: string, open: () => AsyncIterable<Uint8Array>) {
    this.#sent = requests.begin('PUT', `/v1/inputs/${id}`, { 'content-type': BYTES });
    this.#sent.flushHeaders();
    const answered = this.#answer();
    const sending = this.#send(open);
    this.done = new Promise((resolve, reject) => {
      answered.then(resolve, reject);
      // That all was written is not the end of it; that the source has failed is.
      sending.catch(reject);
    });
    // Whoever waits for it is told; until then it is nobody's.
    this.done.catch(() => undefined);
  }

  /** Breaks it off: commands that still want input fail. */
  stop(): void {
    this.#letGo();
    this.#sent.destroy();
  }

  async #answer(): Promise<void> {
    try {
      const response = await responseOf(this.#sent, undefined);
      (await accepted(response)).resume();
    } finally {
      // Also where it comes early: no more is wanted.
      this.#letGo();
      if (!this.#sent.writableEnded) this.#sent.destroy();
    }
  }

  async #send(open: () => AsyncIterable<Uint8Array>): Promise<void> {
    try {
      const source = open()[Symbol.asyncIterator]();
      this.#source = source;
      for (;;) {
        const next = await source.next();
        if (this.#isOver) return;
        if (next.done === true) break;
        if (!this.#sent.write(next.value)) await this.#drained();
        if (this.#isOver) return;
      }
      this.#sent.end();
    } catch (error) {
      // Without its end, so that nobody takes what came for the whole; but so that the controller hears of it.
      await headSent(this.#sent);
      this.#sent.destroy();
      throw error;
    }
  }

  #drained(): Promise<void> {
    const sent = this.#sent;
    return new Promise((resolve) => {
      const done = (): void => {
        sent.off('drain', done).off('close', done);
        resolve();
      };
      sent.once('drain', done).once('close', done);
    });
  }

  #letGo(): void {
    this.#isOver = true;
    // A source that waits for a person to type closes when it can; what goes wrong with it then harms nobody.
    this.#source?.return?.().catch(() => undefined);
    this.#source = null;
  }
}

/** Resolves when the request is on its way, or never will be. */
async function headSent(sent: ClientRequest): Promise<void> {
  await new Promise<void>((resolve) => {
    sent.once('close', resolve);
    const connected = (socket: Socket): void => {
      if (socket.connecting) socket.once('connect', resolve);
      else resolve();
    };
    if (sent.socket !== null) connected(sent.socket);
    else sent.once('socket', connected);
  });
  await nextTurn();
}
