import type { JobEvent } from '../../model/event.ts';
import { decodeEvent } from './decode.ts';
import type { FrameStream } from './frame-stream.ts';

/** The events of a job of this client's own. Its records are freed as they come; when it is closed, the job is stopped. */
export class OwnedEvents implements AsyncIterableIterator<JobEvent, undefined> {
  readonly #stream: FrameStream;
  #isOver = false;

  constructor(stream: FrameStream) {
    this.#stream = stream;
  }

  /** The job's end was told, or nothing more is wanted to be. */
  get isOver(): boolean {
    return this.#isOver;
  }

  async next(): Promise<IteratorResult<JobEvent, undefined>> {
    const frame = await this.#stream.next();
    if (frame === null) return { done: true, value: undefined };
    const value = decodeEvent(frame);
    if (value.event === 'end') this.#isOver = true;
    return { done: false, value };
  }

  return(): Promise<IteratorResult<JobEvent, undefined>> {
    this.#stream.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
