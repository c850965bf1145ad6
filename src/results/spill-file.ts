import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { bytesText } from '../base/byte-text.ts';
import { errorCode } from '../base/system-error.ts';
import { Extents, type Extent } from './extents.ts';

/** What of the system a spill file needs. */
export type FileSystem = Pick<
  typeof fs,
  | 'mkdirSync'
  | 'openSync'
  | 'unlinkSync'
  | 'closeSync'
  | 'writeSync'
  | 'readSync'
  | 'ftruncateSync'
  | 'statfsSync'
>;

/** Nothing more can be put on the disk, or read from it. The message says where, how much was needed and what is free. */
export class SpillError extends Error {
  override readonly name = 'SpillError';
}

/**
 * A private file for what does not fit into memory. It has no name as soon as it is open, so that nobody else can open it
 * and it is gone with us, however we end. It is made when it is first needed. Never on a disk that is memory itself, and
 * KEPT_FREE of any disk stays free. Bytes that are given back are written over, or cut off.
 */
export class SpillFile {
  readonly #folder: string;
  readonly #system: FileSystem;
  readonly #extents = new Extents();
  #file: number | null = null;
  /** How long the file is. */
  #size = 0;

  constructor(folder: string, system: FileSystem = fs) {
    this.#folder = folder;
    this.#system = system;
  }

  /** How long it has to be for what is in use. */
  get end(): number {
    return this.#extents.end;
  }

  /** Room for so many bytes. Throws SpillError where there is none. */
  reserve(length: number): Extent {
    this.#open();
    const extent = this.#extents.take(length);
    try {
      this.#keepFree(this.#extents.end - this.#size, length);
    } catch (error) {
      this.#extents.give(extent);
      throw error;
    }
    return extent;
  }

  /** Writes what belongs to this place and those that follow it. Throws SpillError. */
  write(offset: number, bytes: Uint8Array): void {
    const file = this.#open();
    // Before it is known how far the write went, it may have gone to its end.
    this.#size = Math.max(this.#size, offset + bytes.byteLength);
    try {
      for (let at = 0; at < bytes.byteLength;)
        at += this.#system.writeSync(file, bytes, at, bytes.byteLength - at, offset + at);
    } catch (error) {
      throw this.#failed('written', bytes.byteLength, error);
    }
  }

  /** Throws SpillError. */
  read({ offset, length }: Extent): Buffer {
    const file = this.#open();
    const bytes = Buffer.allocUnsafeSlow(length);
    for (let at = 0; at < length;) {
      let count: number;
      try {
        count = this.#system.readSync(file, bytes, at, length - at, offset + at);
      } catch (error) {
        throw this.#failed('read', length, error);
      }
      if (count === 0) throw this.#failed('read', length, null);
      at += count;
    }
    return bytes;
  }

  release(extent: Extent): void {
    this.#extents.give(extent);
    const { end } = this.#extents;
    if (this.#file === null) return;
    if (end === 0) this.#close(this.#file);
    else if (this.#size - end >= WORTH_CUTTING) {
      this.#system.ftruncateSync(this.#file, end);
      this.#size = end;
    }
  }

  /** All of it goes back to the disk; the next one is made when it is needed. */
  #close(file: number): void {
    abandoned.unregister(this);
    this.#file = null;
    this.#size = 0;
    this.#system.closeSync(file);
  }

  #open(): number {
    if (this.#file !== null) return this.#file;
    const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
    const path = join(this.#folder, `.results-${process.pid}-${randomUUID()}`);
    try {
      this.#system.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      const { type } = this.#system.statfsSync(this.#folder);
      if (IN_MEMORY.has(type >>> 0))
        throw new SpillError(`${this.#folder} is no disk: it is in memory itself`);
      this.#file = this.#system.openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      abandoned.register(this, this.#file, this);
      this.#system.unlinkSync(path);
    } catch (error) {
      if (error instanceof SpillError) throw error;
      throw this.#failed('written', 0, error);
    }
    return this.#file;
  }

  /** Throws where so many bytes more would leave too little to everybody else. */
  #keepFree(growth: number, length: number): void {
    if (growth <= 0) return;
    const { free, kept } = this.#room();
    if (free - growth < kept) throw this.#full(length);
  }

  #room(): { readonly free: number; readonly kept: number } {
    const { bavail, blocks, bsize } = this.#system.statfsSync(this.#folder);
    return { free: bavail * bsize, kept: blocks * bsize * KEPT_FREE };
  }

  #full(needed: number): SpillError {
    const { free, kept } = this.#room();
    return new SpillError(
      `${bytesText(needed)} needed in ${this.#folder}, ${bytesText(free)} free there, of which ${bytesText(kept)} are left alone`,
    );
  }

  #failed(what: 'written' | 'read', needed: number, error: unknown): SpillError {
    const code = error === null ? 'it ends too early' : (errorCode(error) ?? 'no reason given');
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      return new SpillError(`${this.#full(needed).message} (${code})`, { cause: error });
    }
    return new SpillError(
      `${bytesText(needed)} cannot be ${what} in ${this.#folder} (${code})`,
      error === null ? {} : { cause: error },
    );
  }
}

/** A store that nobody has any more, with results that nobody has read, holds no descriptor. */
const abandoned = new FinalizationRegistry<number>((file) => fs.closeSync(file));
/** The share of a disk that is left to everybody else. */
const KEPT_FREE = 0.1;
/** Shorter by less the file is not made: what comes next will need it. */
const WORTH_CUTTING = 16 * 1024 * 1024;
/** statfs(2): tmpfs and ramfs. */
const IN_MEMORY: ReadonlySet<number> = new Set([0x0102_1994, 0x8584_58f6]);
