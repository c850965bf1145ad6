import { constants } from 'node:fs';
import { abortReason } from '../../base/abort.ts';
import { asError } from '../../base/system-error.ts';
import { safeLine } from '../../base/safe-text.ts';
import type { FileLimits, RemoteFile } from '../../model/ports/files.ts';
import { localReason, transferFailure } from './failure.ts';
import { Flow } from './flow.ts';
import { closeLocal, openLocal, readFully } from './local-file.ts';
import type { PlanEntry } from './local-plan.ts';
import type { DigestMaker } from './shared-plan.ts';
import type { Tally } from './tally.ts';

/** Writes files of this machine to files of the host, many requests under way at once, from buffers that are used again. */
export class ContentWriter {
  readonly #chunk: number;
  readonly #tally: Tally;
  readonly #signal: AbortSignal;
  readonly #flow = new Flow(UNDER_WAY);
  readonly #buffers: Buffer[] = [];

  constructor({ write }: FileLimits, tally: Tally, signal: AbortSignal) {
    this.#chunk = write;
    this.#tally = tally;
    this.#signal = signal;
  }

  /** From `from` on; `digest` is given all bytes in their order. */
  async write(
    file: RemoteFile,
    entry: PlanEntry,
    from: number,
    digest: DigestMaker | null,
  ): Promise<void> {
    const { path, size } = entry;
    let descriptor: number | null = null;
    const writes: Promise<void>[] = [];
    const failures: unknown[] = [];
    let at = from;
    try {
      const source = await local(path, () => openLocal(path, constants.O_RDONLY));
      descriptor = source;
      for (; at < size && failures.length === 0 && !this.#signal.aborted; at += this.#chunk) {
        const length = Math.min(this.#chunk, size - at);
        const bytes = await this.#take(length);
        try {
          const read = await local(path, () => readFully(source, bytes, at));
          if (read < length) throw changed(path);
        } catch (error) {
          this.#giveBack(bytes);
          throw error;
        }
        digest?.add(bytes);
        writes.push(this.#send(file, at, bytes, failures));
        if (writes.length > MOST_REMEMBERED) await writes.shift();
      }
    } finally {
      digest?.end(at >= size && failures.length === 0);
      await Promise.all(writes);
      if (descriptor !== null) await closeLocal(descriptor);
    }
    if (failures.length > 0) throw asError(failures[0]);
    if (this.#signal.aborted) throw abortReason(this.#signal);
  }

  /** Never rejects: what went wrong is put with the `failures`. */
  async #send(file: RemoteFile, at: number, bytes: Buffer, failures: unknown[]): Promise<void> {
    try {
      await file.write(at, bytes);
      this.#tally.moved(bytes.length);
    } catch (error) {
      failures.push(error);
    } finally {
      this.#giveBack(bytes);
    }
  }

  /** Waits until there may be so many bytes more. Only whole chunks are worth keeping for the next one. */
  async #take(length: number): Promise<Buffer> {
    await this.#flow.acquire(length);
    const known = length === this.#chunk ? this.#buffers.pop() : undefined;
    return known ?? Buffer.allocUnsafe(length);
  }

  #giveBack(bytes: Buffer): void {
    if (bytes.length === this.#chunk) this.#buffers.push(bytes);
    this.#flow.release(bytes.length);
  }
}

async function local<Result>(path: string, task: () => Promise<Result>): Promise<Result> {
  try {
    return await task();
  } catch (error) {
    const message = `${safeLine(path, 120)}: ${localReason(error)}`;
    throw transferFailure(message, true, 'transfer', error);
  }
}

function changed(path: string): Error {
  return transferFailure(`${safeLine(path, 120)} became shorter while it was sent`, true);
}

/** Bytes of a child that no host has confirmed yet: as many as an SSH channel's window takes at once (OpenSSH: 2 MB). */
const UNDER_WAY = 2 * 1024 * 1024;
/** More writes than can be under way. */
const MOST_REMEMBERED = 1024;
