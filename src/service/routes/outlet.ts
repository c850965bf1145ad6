import type { ServerResponse } from 'node:http';
import { ByteBuffer } from '../../base/byte-buffer.ts';
import { nextTurn } from '../../base/clock.ts';
import type { Encoded } from '../wire/encode.ts';

/**
 * A response that is written as things happen. What is added goes out in one piece as soon as nothing more is at hand,
 * and never is more held than one piece on its way and one that is being gathered: a reader that takes nothing holds up
 * whoever adds, not our memory.
 */
export class Outlet {
  /** Aborted when the reader is gone, or all was sent. */
  readonly closed: AbortSignal;
  readonly #response: ServerResponse;
  readonly #gathered = new ByteBuffer();
  #flushing: Promise<void> | null = null;
  #isScheduled = false;
  #sinceTurn = 0;

  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>) {
    const gone = new AbortController();
    this.closed = gone.signal;
    this.#response = response;
    response.once('close', () => gone.abort());
    // What goes wrong with the connection is the end of it, and `closed` says that.
    response.on('error', () => gone.abort());
    if (response.destroyed) gone.abort();
    else response.writeHead(200, { ...headers });
  }

  /** Lets the reader know that the stream is open, before there is anything to send. */
  begin(): void {
    if (!this.closed.aborted) this.#response.flushHeaders();
  }

  /** Resolves when more may be added. */
  async add({ line, bytes }: Encoded): Promise<void> {
    if (this.closed.aborted) return;
    this.#gathered.append(Buffer.from(line));
    if (bytes !== null) this.#gathered.append(bytes);
    if (this.#gathered.size >= PIECE_BYTES) return this.flush();
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      // After whatever is ready now was added.
      process.nextTick(() => {
        this.#isScheduled = false;
        void this.flush();
      });
    }
  }

  /** Sends what was gathered. Resolves when the system has taken it, or the reader is gone. */
  async flush(): Promise<void> {
    while (this.#flushing !== null) await this.#flushing;
    if (this.#gathered.size === 0 || this.closed.aborted) return;
    this.#flushing = this.#write();
    await this.#flushing;
    this.#flushing = null;
  }

  /** All was sent: the response ends as it should. */
  async end(): Promise<void> {
    await this.flush();
    if (this.closed.aborted) return;
    await new Promise<void>((resolve) => {
      this.closed.addEventListener('abort', () => resolve(), { once: true });
      this.#response.end(resolve);
    });
  }

  /** Breaks it off: the reader sees that this was not the end. */
  cut(): void {
    this.#response.destroy();
  }

  async #write(): Promise<void> {
    const pieces = this.#gathered.pieces();
    this.#sinceTurn += this.#gathered.size;
    this.#gathered.clear();
    const response = this.#response;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.closed.removeEventListener('abort', done);
        resolve();
      };
      this.closed.addEventListener('abort', done, { once: true });
      response.cork();
      for (const [index, piece] of pieces.entries()) {
        if (index === pieces.length - 1) response.write(piece, done);
        else response.write(piece);
      }
      response.uncork();
    });
    if (this.#sinceTurn < TURN_BYTES) return;
    // A reader as fast as we are would otherwise keep everything else from its turn.
    this.#sinceTurn = 0;
    await nextTurn();
  }
}

/** Enough for each write to be worth its system calls, and little beside what one follower may be behind. */
const PIECE_BYTES = 512 * 1024;
const TURN_BYTES = 1024 * 1024;
