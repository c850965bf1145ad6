import { systemClock, type Timer } from '../../base/clock.ts';
import type { HeldReading } from '../service.ts';
import type { Frame } from '../wire/frames.ts';
import { ACKNOWLEDGE_AFTER, type AcknowledgeRequest, type ReadingLine } from '../wire/protocol.ts';
import type { FrameStream } from './frame-stream.ts';
import { trusted } from './trusted.ts';

export interface HeldParts<T> {
  /** Asks for the stream. */
  open(): Promise<FrameStream>;
  /** Tells the controller what was written. */
  acknowledge(reading: string, request: AcknowledgeRequest): Promise<void>;
  decode(frame: Frame): T;
}

/** See HeldReading. Its stream stays open to its close: while it is, the controller keeps what came on it for this reader. */
export class RemoteHeldReading<T> implements HeldReading<T>, AsyncIterator<T, undefined> {
  readonly #parts: HeldParts<T>;
  #opening: Promise<FrameStream> | null = null;
  #stream: FrameStream | null = null;
  #id: string | null = null;
  /** The last record written of each child, where the controller does not know yet. */
  #written = new Map<number, number>();
  #soon: Timer | null = null;
  #telling: Promise<void> = Promise.resolve();
  #failure: Error | null = null;
  #isOver = false;
  #isStopped = false;

  constructor(parts: HeldParts<T>) {
    this.#parts = parts;
  }

  get id(): string | null {
    return this.#id;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#failure === null && this.#isOver) return DONE;
    const stream = await (this.#opening ??= this.#open());
    const frame = this.#failure === null ? await stream.next() : null;
    if (this.#failure !== null) throw this.#failure;
    if (frame !== null && !isLast(frame)) {
      return { done: false, value: this.#parts.decode(frame) };
    }
    this.#isOver = true;
    return DONE;
  }

  /** What was read stays held. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#isOver = true;
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  acknowledge(childId: number, seq: number): void {
    if (this.#id === null) return;
    this.#written.set(childId, seq);
    // One request for what is written in short order.
    this.#soon ??= systemClock.after(ACKNOWLEDGE_AFTER.quietMs, () => {
      this.#soon = null;
      void this.#tell();
    });
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    if (this.#opening === null) this.#isOver = true;
    else void this.#opening.then(() => this.#inOrder(() => this.#askToStop()), NOT_OURS);
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#soon?.cancel();
    try {
      await this.#tell();
      if (this.#failure !== null) throw this.#failure;
      if (this.#id !== null) await this.#send([], { close: true });
    } finally {
      this.#stream?.close();
    }
  }

  async #open(): Promise<FrameStream> {
    const stream = await this.#parts.open();
    this.#stream = stream;
    const first = await stream.next();
    this.#id = first === null ? null : trusted<ReadingLine>(first.line).reading;
    return stream;
  }

  async #askToStop(): Promise<void> {
    if (this.#isOver) return;
    if (this.#id !== null) return this.#send([], { stop: true });
    // Of what is kept nothing has to be held.
    this.#isOver = true;
    this.#stream?.close();
  }

  #tell(): Promise<void> {
    return this.#inOrder(async () => {
      const records = [...this.#written].map(([childId, seq]) => ({ childId, seq }));
      this.#written = new Map();
      for (let at = 0; at < records.length; at += MOST_AT_ONCE) {
        await this.#send(records.slice(at, at + MOST_AT_ONCE));
      }
    });
  }

  /** One request at a time. Where one fails, nothing more can be read: whoever asks next is told. */
  #inOrder(task: () => Promise<void>): Promise<void> {
    this.#telling = this.#telling.then(task).catch((error: unknown) => {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
      this.#stream?.close();
    });
    return this.#telling;
  }

  async #send(
    records: AcknowledgeRequest['records'],
    { stop = false, close = false }: Partial<AcknowledgeRequest> = {},
  ): Promise<void> {
    if (this.#id !== null) await this.#parts.acknowledge(this.#id, { records, stop, close });
  }
}

function isLast({ line }: Frame): boolean {
  return typeof line === 'object' && line !== null && 'sent' in line;
}

/** Whoever reads is told that it could not be opened. */
const NOT_OURS = (): void => undefined;
const DONE: IteratorResult<never, undefined> = { done: true, value: undefined };
/** Children in one request, which is far below what a controller takes. */
const MOST_AT_ONCE = 10_000;
