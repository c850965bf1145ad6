import type { IncomingMessage } from 'node:http';
import { thrownError, type WireError } from '../wire/errors.ts';
import { FrameSplitter, type Frame } from '../wire/frames.ts';
import { wentAway } from './requests.ts';
import { trusted } from './trusted.ts';

/** The frames of one response. No more of it is read than is asked for, and a little ahead. */
export class FrameStream {
  readonly #response: IncomingMessage;
  readonly #splitter = new FrameSplitter();
  /** What came and was not asked for yet; the next one is the last. (To iterate over the response would join them.) */
  #chunks: Buffer[] = [];
  #ahead: Buffer[] = [];
  #aheadBytes = 0;
  #end: 'whole' | Error | null = null;
  #wake: (() => void) | null = null;
  #isClosed = false;

  constructor(response: IncomingMessage) {
    this.#response = response;
    response.on('data', (chunk: Buffer) => this.#keep(chunk));
    response.once('end', () => this.#finish('whole'));
    // Whoever waits for the next frame is told.
    response.on('error', (error) => this.#finish(error));
    response.once('close', () => this.#finish(new Error('closed')));
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
    this.#wakeUp();
    this.#response.destroy();
  }

  async #nextChunk(): Promise<Buffer | null> {
    for (;;) {
      if (this.#isClosed) return null;
      const chunk = this.#takeChunk();
      if (chunk !== null) return chunk;
      if (this.#end !== null) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#end !== 'whole') throw wentAway(this.#end);
    if (this.#response.complete && this.#splitter.isComplete) return null;
    throw wentAway(new Error('the stream was cut off'));
  }

  #keep(chunk: Buffer): void {
    this.#ahead.push(chunk);
    this.#aheadBytes += chunk.byteLength;
    if (this.#aheadBytes >= AHEAD_BYTES) this.#response.pause();
    this.#wakeUp();
  }

  #takeChunk(): Buffer | null {
    if (this.#chunks.length === 0) {
      this.#chunks = this.#ahead.toReversed();
      this.#ahead = [];
      this.#aheadBytes = 0;
      // Only when all of it was asked for is there more.
      if (this.#response.isPaused()) this.#response.resume();
    }
    return this.#chunks.pop() ?? null;
  }

  #finish(end: 'whole' | Error): void {
    this.#end ??= end;
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = null;
  }
}

function errorOf(line: unknown): WireError | null {
  if (typeof line !== 'object' || line === null || !('error' in line)) return null;
  return trusted<WireError>(line.error);
}

/** Enough to be busy with while more comes. */
const AHEAD_BYTES = 256 * 1024;
