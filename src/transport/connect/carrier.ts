import { Duplex, type Readable, type Writable } from 'node:stream';
import type { FailureError } from '../../model/failure.ts';

/**
 * What the bytes of a connection go over: a TCP socket, a channel of a jump host's connection, the pipes of a proxy
 * command. One that ends with a FailureError knows better than what it carries why contact is over.
 */
export interface Carrier extends Duplex {
  readonly bytesRead: number;
  readonly remoteAddress?: string | undefined;
  /** Keeps the process alive while it is open, or does so no longer. */
  ref(): unknown;
  unref(): unknown;
  /** Destroys it as soon as what was written is out. */
  destroySoon(): void;
  /** What lies below and has fallen silent, too; null, or absent: nothing. */
  readonly blame?: () => FailureError | null;
}

export interface PipeParts {
  readonly input: Readable;
  readonly output: Writable;
  readonly ref: (isHeld: boolean) => void;
  /** It is over: calls back when nothing is left of it. */
  readonly ended: (nothingLeft: () => void) => void;
  readonly blame?: () => FailureError | null;
}

/** Two streams as one carrier, with the back-pressure of both. */
export class Pipe extends Duplex implements Carrier {
  bytesRead = 0;
  readonly blame: () => FailureError | null;
  readonly #parts: PipeParts;

  constructor(parts: PipeParts) {
    super({ allowHalfOpen: true });
    this.#parts = parts;
    this.blame = parts.blame ?? (() => null);
    const { input } = parts;
    input.on('data', (chunk: Buffer) => {
      this.bytesRead += chunk.length;
      if (!this.push(chunk)) input.pause();
    });
    input.pause();
    // An error between two phases, or after the end, must find a listener.
    this.on('error', () => undefined);
  }

  /** No more will come. */
  over(): void {
    if (!this.readableEnded && !this.destroyed) this.push(null);
  }

  ref(): void {
    this.#parts.ref(true);
  }

  unref(): void {
    this.#parts.ref(false);
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _read(): void {
    this.#parts.input.resume();
  }

  /** That a write has failed is not told: its end will say why nobody reads any more. */
  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#parts.output.write(chunk, () => done());
  }

  /** One packet below for all that waits. */
  override _writev(
    chunks: readonly { readonly chunk: Buffer }[],
    done: (error?: Error | null) => void,
  ): void {
    this.#parts.output.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), () => done());
  }

  override _final(done: () => void): void {
    this.#parts.output.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#parts.ended(() => done(error));
  }
}
