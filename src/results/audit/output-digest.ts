import { createHash, type Hash } from 'node:crypto';
import type { StreamName } from '../../model/record.ts';

/** SHA-256 of what a child says on each of its two streams, as it comes. */
export class OutputDigest {
  readonly #hashes: Readonly<Record<'output' | 'error', Hash>> | null;

  /** `isWhole` false: its beginning was not heard, and there is no digest. */
  constructor(isWhole: boolean) {
    this.#hashes = isWhole ? { output: createHash('sha256'), error: createHash('sha256') } : null;
  }

  add(stream: StreamName, data: Uint8Array): void {
    if (stream === 'output' || stream === 'error') this.#hashes?.[stream].update(data);
  }

  /** In hex. Only once. */
  end(): { readonly outputDigest: string | null; readonly errorDigest: string | null } {
    return {
      outputDigest: this.#hashes?.output.digest('hex') ?? null,
      errorDigest: this.#hashes?.error.digest('hex') ?? null,
    };
  }
}
