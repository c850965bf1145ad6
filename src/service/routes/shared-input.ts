import { compact } from '../../base/byte-buffer.ts';

/**
 * One stream of bytes for all children of a job, each of which gets it from its beginning. It is taken a little ahead of
 * the fastest child, and what was taken is kept, because children that wait in the queue, and jobs that run again, need it.
 */
export class SharedInput {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  /** How far the fastest child has come, in bytes. */
  #wanted = 0;
  #end: 'whole' | Error | null = null;
  #waiting: (() => void)[] = [];
  readonly #begun = new AbortController();

  /** Aborted when bytes begin to come, or never will. */
  get begun(): AbortSignal {
    return this.#begun.signal;
  }

  /** Takes everything from the source. Resolves at its end, or when nothing more is wanted. */
  async fill(source: AsyncIterable<unknown>): Promise<void> {
    if (this.begun.aborted) return;
    this.#begun.abort();
    try {
      for await (const chunk of source) {
        if (this.#end !== null) return;
        if (!(chunk instanceof Uint8Array)) continue;
        this.#add(compact(chunk));
        if (this.#size > MOST_BYTES) throw tooLarge();
        while (this.#size > this.#wanted + AHEAD_BYTES && this.#end === null) await this.#change();
      }
      this.#finish('whole');
    } catch (error) {
      this.#finish(error instanceof InputError ? error : cutOff());
    }
  }

  /** No more is wanted. What was not taken by now is missing for whoever reads later, and they are told. */
  close(): void {
    this.#begun.abort();
    this.#finish(cutOff());
  }

  open(): AsyncIterable<Uint8Array> {
    return { [Symbol.asyncIterator]: () => this.#reader() };
  }

  /** No generator: its `return` would wait for bytes that may never come, when a child no longer wants them. */
  #reader(): AsyncIterator<Uint8Array, undefined> {
    let index = 0;
    let taken = 0;
    let isOver = false;
    return {
      next: async () => {
        for (;;) {
          const chunk = isOver ? undefined : this.#chunks[index];
          if (chunk !== undefined) {
            index += 1;
            taken += chunk.byteLength;
            this.#want(taken);
            return { done: false, value: chunk };
          }
          if (isOver || this.#end === 'whole') return { done: true, value: undefined };
          if (this.#end !== null) throw this.#end;
          await this.#change();
        }
      },
      return: () => {
        isOver = true;
        this.#changed();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  #add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#size += chunk.byteLength;
    this.#changed();
  }

  #want(bytes: number): void {
    if (bytes <= this.#wanted) return;
    this.#wanted = bytes;
    this.#changed();
  }

  #finish(end: 'whole' | Error): void {
    this.#end ??= end;
    this.#changed();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #changed(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

class InputError extends Error {
  override readonly name = 'InputError';
}

function cutOff(): InputError {
  return new InputError(
    'the input ended early: its sender is gone, or the job that took it has ended',
  );
}

function tooLarge(): InputError {
  return new InputError('the input is larger than 1 GiB, which is more than a controller keeps');
}

/** Taken before anybody wants it, so that a client with little to send need not wait for the hosts. */
const AHEAD_BYTES = 16 * 1024 * 1024;
/** The controller keeps it in memory for as long as its job. */
const MOST_BYTES = 1024 * 1024 * 1024;
