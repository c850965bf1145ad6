import { constants } from 'node:fs';
import { abortReason } from '../../base/abort.ts';
import { asError } from '../../base/system-error.ts';
import { safeLine } from '../../base/safe-text.ts';
import type { FileLimits, RemoteFile } from '../../model/ports/files.ts';
import { digestOfBytes } from './digests.ts';
import { localReason, transferFailure } from './failure.ts';
import { Flow } from './flow.ts';
import { closeLocal, openLocal, readFully } from './local-file.ts';
import type { PlanEntry } from './local-plan.ts';
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

  /** From `from` on; `whole` is given the digest of a file that was in memory as a whole. */
  async write(
    file: RemoteFile,
    entry: PlanEntry,
    from: number,
    whole: (digest: string) => void,
  ): Promise<void> {
    const { path, size } = entry;
    const descriptor = await local(path, () => openLocal(path, constants.O_RDONLY));
    const writes: Promise<void>[] = [];
    let failure: unknown = null;
    try {
      for (let at = from; at < size; at += this.#chunk) {
        const length = Math.min(this.#chunk, size - at);
        await this.#flow.acquire(length);
        if (failure !== null || this.#signal.aborted) {
          this.#flow.release(length);
          break;
        }
        const buffer = this.#take();
        const bytes = buffer.subarray(0, length);
        const read = await local(path, () => readFully(descriptor, bytes, at));
        if (read < length) throw changed(path);
        if (from === 0 && length === size) whole(digestOfBytes(bytes));
        const writing = file.write(at, bytes).then(
          () => this.#tally.moved(length),
          (error: unknown) => {
            failure ??= error;
          },
        );
        writes.push(
          writing.then(() => {
            this.#buffers.push(buffer);
            this.#flow.release(length);
          }),
        );
        if (writes.length > MOST_REMEMBERED) await writes.shift();
      }
    } finally {
      await Promise.all(writes);
      await closeLocal(descriptor);
    }
    if (failure !== null) throw asError(failure);
    if (this.#signal.aborted) throw abortReason(this.#signal);
  }

  #take(): Buffer {
    return this.#buffers.pop() ?? Buffer.allocUnsafe(this.#chunk);
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
