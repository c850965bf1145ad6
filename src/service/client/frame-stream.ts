import type { IncomingMessage } from 'node:http';
import { thrownError, type WireError } from '../wire/errors.ts';
import { FrameSplitter, type Frame } from '../wire/frames.ts';
import { wentAway } from './requests.ts';
import { trusted } from './trusted.ts';

/** The frames of one response. No more of it is read than is asked for, and a little ahead. */
export class FrameStream {
  readonly #response: IncomingMessage;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #splitter = new FrameSplitter();
  #isClosed = false;

  constructor(response: IncomingMessage) {
    this.#response = response;
    this.#chunks = response[Symbol.asyncIterator]();
    // What goes wrong is thrown to whoever waits for the next frame; between two of them, nobody listens.
    response.on('error', () => undefined);
  }

  /** A frame that is here already, or null. */
  ready(): Frame | null {
    const frame = this.#splitter.next();
    if (frame === null) return null;
    const error = errorOf(frame.line);
    if (error !== null) throw thrownError(error);
    return frame;
  }

  /** null: the stream has ended as it should, or was closed. Throws ConfigError `service` where it was cut off. */
  async next(): Promise<Frame | null> {
    for (;;) {
      if (this.#isClosed) return null;
      const frame = this.ready();
      if (frame !== null) return frame;
      const chunk = await this.#nextChunk();
      if (chunk === null) return null;
      this.#splitter.push(chunk);
    }
  }

  /** Ends it early. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#response.destroy();
  }

  async #nextChunk(): Promise<Buffer | null> {
    try {
      const next = await this.#chunks.next();
      if (next.done !== true) return next.value;
    } catch (error) {
      if (this.#isClosed) return null;
      throw wentAway(error);
    }
    if (this.#isClosed || (this.#response.complete && this.#splitter.isComplete)) return null;
    throw wentAway(new Error('the stream was cut off'));
  }
}

function errorOf(line: unknown): WireError | null {
  if (typeof line !== 'object' || line === null || !('error' in line)) return null;
  return trusted<WireError>(line.error);
}
