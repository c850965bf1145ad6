import { createHash, type Hash } from 'node:crypto';
import { safeLine } from '../../base/safe-text.ts';
import { abortReason } from '../../base/abort.ts';
import type { FileLimits, RemoteFile } from '../../model/ports/files.ts';
import { transferFailure } from './failure.ts';
import { Flow } from './flow.ts';
import { writeFully } from './local-file.ts';
import { store } from './local-place.ts';
import type { Tally } from './tally.ts';

/** Where what is read goes. */
export interface LocalTarget {
  readonly descriptor: number;
  readonly path: string;
  /** The digest so far, of the bytes before those that are read. */
  readonly hash: Hash;
}

export interface RemoteOrigin {
  readonly file: RemoteFile;
  readonly path: string;
  /** As the host had it when it was opened: so much is read, and no more. */
  readonly size: number;
}

/** Reads files of the host into files of this machine, many requests under way at once. */
export class ContentReader {
  readonly #chunk: number;
  readonly #tally: Tally;
  readonly #signal: AbortSignal;
  readonly #flow = new Flow(UNDER_WAY);

  constructor({ read }: FileLimits, tally: Tally, signal: AbortSignal) {
    this.#chunk = read;
    this.#tally = tally;
    this.#signal = signal;
  }

  /** From `from` on. A host that gives less than it said is a failure; more than it said is not asked for. */
  async read(origin: RemoteOrigin, from: number, into: LocalTarget): Promise<void> {
    const { file, size, path } = origin;
    const under: {
      readonly at: number;
      readonly length: number;
      readonly data: Promise<Buffer>;
    }[] = [];
    let asked = from;
    try {
      for (let at = from; at < size;) {
        while (asked < size && under.length < MOST_UNDER_WAY) {
          const length = Math.min(this.#chunk, size - asked);
          if (under.length > 0 && !this.#flow.tryAcquire(length)) break;
          if (under.length === 0) await this.#flow.acquire(length);
          const data = file.read(asked, length);
          // Its turn comes later, and with it whoever looks at how it ended.
          data.catch(() => undefined);
          under.push({ at: asked, length, data });
          asked += length;
        }
        const next = under.shift();
        if (next === undefined) break;
        const data = await next.data.finally(() => this.#flow.release(next.length));
        if (this.#signal.aborted) throw abortReason(this.#signal);
        if (data.length < next.length) {
          const what = `${safeLine(path, 120)} on the host is shorter than it said`;
          throw transferFailure(what, false);
        }
        into.hash.update(data);
        await writeFully(into.descriptor, data, next.at).catch((error: unknown) => {
          throw store(into.path, error);
        });
        this.#tally.moved(data.length);
        at = next.at + data.length;
      }
    } finally {
      await Promise.all(
        under.map(async ({ length, data }) => {
          await data.catch(() => undefined);
          this.#flow.release(length);
        }),
      );
    }
  }

  /** Of a file whose size the host does not know, as those of Linux's /proc: until it ends, but not for ever. */
  async readUntilEnd(origin: RemoteOrigin, into: LocalTarget): Promise<number> {
    let at = 0;
    for (;;) {
      const data = await origin.file.read(at, this.#chunk);
      if (data.length === 0) return at;
      if (at + data.length > MOST_UNKNOWN) {
        const what = `${safeLine(origin.path, 120)} on the host has no size, and does not end`;
        throw transferFailure(what, false);
      }
      into.hash.update(data);
      await writeFully(into.descriptor, data, at).catch((error: unknown) => {
        throw store(into.path, error);
      });
      this.#tally.moved(data.length);
      at += data.length;
      if (this.#signal.aborted) throw abortReason(this.#signal);
    }
  }
}

export function newHash(): Hash {
  return createHash('sha256');
}

/** Bytes of a child that are asked for and not there yet: the window of ssh2's channels. */
const UNDER_WAY = 2 * 1024 * 1024;
const MOST_UNDER_WAY = 64;
const MOST_UNKNOWN = 64 * 1024 * 1024;
