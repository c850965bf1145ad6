import type { StateEvent } from '../../model/event.ts';
import type { Frame } from '../wire/frames.ts';
import { decodeChange } from './decode.ts';
import type { FrameStream } from './frame-stream.ts';

/** Changes of state of all jobs, from when the stream was opened until the signal is aborted. */
export class RemoteChanges implements AsyncIterableIterator<StateEvent, undefined> {
  readonly #opened: Promise<FrameStream>;
  readonly #signal: AbortSignal;
  readonly #abort = (): void => this.#close();
  #isClosed = false;

  constructor(opened: Promise<FrameStream>, signal: AbortSignal) {
    this.#opened = opened;
    this.#signal = signal;
    // Whoever asks for the first change is told.
    opened.catch(() => undefined);
    signal.addEventListener('abort', this.#abort, { once: true });
    if (signal.aborted) this.#close();
  }

  async next(): Promise<IteratorResult<StateEvent, undefined>> {
    const frame = await this.#frame();
    return frame === null
      ? { done: true, value: undefined }
      : { done: false, value: decodeChange(frame) };
  }

  /** The signal may outlive many of these: none stays there that has ended. */
  async #frame(): Promise<Frame | null> {
    try {
      const stream = await this.#opened;
      const frame = this.#isClosed ? null : await stream.next();
      if (frame === null) this.#close();
      return frame;
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  return(): Promise<IteratorResult<StateEvent, undefined>> {
    this.#close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #close(): void {
    this.#isClosed = true;
    this.#signal.removeEventListener('abort', this.#abort);
    this.#opened.then(
      (stream) => stream.close(),
      // It was never open.
      () => undefined,
    );
  }
}
