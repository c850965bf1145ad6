import { constants } from 'node:fs';
import { abortReason } from '../../base/abort.ts';
import { asError } from '../../base/system-error.ts';
import type { FileLimits, RemoteFile } from '../../model/ports/files.ts';
import type { Block, Blocks } from './blocks.ts';
import { localReason } from './failure.ts';
import { Flow } from './flow.ts';
import { closeLocal, openLocal } from './local-file.ts';
import type { PlanEntry } from './local-plan.ts';
import { RefusedError } from './refusals.ts';
import type { DigestMaker } from './shared-plan.ts';
import type { Tally } from './tally.ts';

/** Writes files of this machine to files of the host, many requests under way at once, each piece read once for all hosts. */
export class ContentWriter {
  readonly #block: number;
  readonly #blocks: Blocks;
  readonly #tally: Tally;
  readonly #signal: AbortSignal;
  readonly #flow = new Flow(UNDER_WAY);

  constructor({ write }: FileLimits, blocks: Blocks, tally: Tally, signal: AbortSignal) {
    this.#block = write * REQUESTS;
    this.#blocks = blocks;
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
      const source = await local(path, () =>
        openLocal(path, constants.O_RDONLY | constants.O_NONBLOCK),
      );
      descriptor = source;
      for (; at < size && failures.length === 0 && !this.#signal.aborted; at += this.#block) {
        const length = Math.min(this.#block, size - at);
        const block = await this.#take(path, source, at, length);
        digest?.add(block.bytes);
        writes.push(this.#send(file, at, block, failures));
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
  async #send(file: RemoteFile, at: number, block: Block, failures: unknown[]): Promise<void> {
    const { length } = block.bytes;
    try {
      await file.write(at, block.bytes);
      this.#tally.moved(length);
    } catch (error) {
      failures.push(error);
    } finally {
      block.giveBack();
      this.#flow.release(length);
    }
  }

  /** Waits until there may be so many bytes more. */
  async #take(path: string, source: number, at: number, length: number): Promise<Block> {
    await this.#flow.acquire(length);
    try {
      const block = await local(path, () => this.#blocks.take(path, source, at, length));
      if (block.bytes.length === length) return block;
      block.giveBack();
      throw changed(path);
    } catch (error) {
      this.#flow.release(length);
      throw error;
    }
  }
}

async function local<Result>(path: string, task: () => Promise<Result>): Promise<Result> {
  try {
    return await task();
  } catch (error) {
    throw new RefusedError(path, localReason(error), { cause: error });
  }
}

function changed(path: string): Error {
  return new RefusedError(path, 'it became shorter while it was sent');
}

/** Bytes of a child that no host has confirmed yet: more than an SSH channel's window takes at once (OpenSSH: 2 MB). */
const UNDER_WAY = 3 * 1024 * 1024;
/** Of one block: reading a file costs less in few large pieces. */
const REQUESTS = 4;
/** More writes than can be under way. */
const MOST_REMEMBERED = 1024;
