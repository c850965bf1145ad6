import { nextTurn, systemClock, type Timer } from '../../base/clock.ts';
import type { Acknowledgement, AcknowledgeRequest, ReadingLine } from '../wire/protocol.ts';
import { ACKNOWLEDGE_AFTER } from '../wire/protocol.ts';
import type { Frame } from '../wire/frames.ts';
import type { FrameStream } from './frame-stream.ts';
import { trusted } from './trusted.ts';

export interface ReadingParts<T> {
  /** Asks for the stream. */
  open(): Promise<FrameStream>;
  /** Tells the controller what was used up. */
  acknowledge(reading: string, request: AcknowledgeRequest): Promise<void>;
  decode(frame: Frame): T;
  /** Which record an item is, and its size; null: none. */
  record(item: T): (Acknowledgement & { readonly bytes: number }) | null;
  /** Ends the reading. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Records or events from the controller, one by one. An item is used up when the next one is asked for; what is used up is
 * acknowledged now and then, before waiting, and at the end. Whoever stops early leaves the last item, and what comes
 * after it, unread.
 */
export class RemoteReading<T> implements AsyncIterableIterator<T, undefined> {
  readonly #parts: ReadingParts<T>;
  #stream: FrameStream | null = null;
  #reading: string | null = null;
  #current: T | null = null;
  /** The last record used up of each child, where the controller does not know yet. */
  #used = new Map<number, number>();
  #usedRecords = 0;
  #usedBytes = 0;
  #isWaiting = false;
  #quiet: Timer | null = null;
  #telling: Promise<void> | null = null;
  #failure: Error | null = null;
  #closing: Promise<void> | null = null;
  readonly #abort = (): void => {
    // Its failure is the next caller's, who waits for the same promise.
    this.#close().catch(() => undefined);
  };

  constructor(parts: ReadingParts<T>) {
    this.#parts = parts;
    parts.signal?.addEventListener('abort', this.#abort, { once: true });
    if (parts.signal?.aborted === true) this.#closing = Promise.resolve();
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#closing !== null) return this.#ended();
    this.#use();
    // Two batches at most are read again by others if this process ends now.
    if (this.#isDue()) {
      await this.#telling;
      this.#tell();
    }
    const stream = (this.#stream ??= await this.#open());
    // It may have been closed while it waited.
    if (this.#isClosing()) stream.close();
    const frame = stream.ready() ?? (await this.#wait(stream));
    if (this.#failure !== null) throw this.#failure;
    if (this.#isClosing() || frame === null) return this.#ended();
    const value = this.#parts.decode(frame);
    this.#current = value;
    return { done: false, value };
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    await this.#close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #open(): Promise<FrameStream> {
    const stream = await this.#parts.open();
    const first = await stream.next();
    this.#reading = first === null ? null : trusted<ReadingLine>(first.line).reading;
    return stream;
  }

  async #wait(stream: FrameStream): Promise<Frame | null> {
    this.#isWaiting = true;
    // More may be here in a moment, and then it is too early to say what is used up.
    void nextTurn().then(() => this.#tellIfIdle());
    try {
      return await stream.next();
    } finally {
      this.#isWaiting = false;
    }
  }

  #use(): void {
    const record = this.#current === null ? null : this.#parts.record(this.#current);
    this.#current = null;
    if (record === null || this.#reading === null) return;
    this.#used.set(record.childId, record.seq);
    this.#usedRecords += 1;
    this.#usedBytes += record.bytes;
  }

  #isDue(): boolean {
    const { records, bytes } = ACKNOWLEDGE_AFTER;
    return this.#usedRecords >= records || this.#usedBytes >= bytes;
  }

  #tellIfIdle(): void {
    if (this.#isWaiting && this.#quiet === null) this.#tell();
  }

  /** A request for each piece of a stream that never pauses for long would cost more than the pieces. */
  #beQuiet(): void {
    this.#quiet?.cancel();
    this.#quiet = systemClock.after(ACKNOWLEDGE_AFTER.quietMs, () => {
      this.#quiet = null;
      this.#tellIfIdle();
    });
  }

  /** One request at a time. Where it fails, nothing more can be read: whoever asks next is told. */
  #tell(): void {
    if (this.#telling !== null || this.#used.size === 0) return;
    const failed = (error: unknown): void => {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      this.#stream?.close();
    };
    this.#telling = this.#tellAll()
      .catch(failed)
      .finally(() => {
        this.#telling = null;
      });
  }

  async #tellAll(): Promise<void> {
    do await this.#send(false);
    while (this.#isDue());
    if (!this.#isClosing()) this.#beQuiet();
  }

  async #send(close: boolean): Promise<void> {
    if (this.#reading === null) return;
    const records = [...this.#used].map(([childId, seq]) => ({ childId, seq }));
    this.#used = new Map();
    this.#usedRecords = 0;
    this.#usedBytes = 0;
    await this.#parts.acknowledge(this.#reading, { records, close });
  }

  async #ended(): Promise<IteratorResult<T, undefined>> {
    this.#parts.signal?.removeEventListener('abort', this.#abort);
    await (this.#closing ?? this.#telling);
    this.#quiet?.cancel();
    if (this.#failure !== null) throw this.#failure;
    this.#closing ??= Promise.resolve();
    return { done: true, value: undefined };
  }

  #isClosing(): boolean {
    return this.#closing !== null;
  }

  #close(): Promise<void> {
    this.#quiet?.cancel();
    this.#parts.signal?.removeEventListener('abort', this.#abort);
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  /** Tells the controller that this is the end, so that what is left is there for the next reader at once. */
  async #finish(): Promise<void> {
    this.#current = null;
    try {
      await this.#telling;
      if (this.#stream !== null) await this.#send(true);
    } finally {
      this.#stream?.close();
    }
  }
}
