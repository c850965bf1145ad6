import type { OutputRecord } from '../model/record.ts';
import { AgeList } from './age-list.ts';
import { decode, type Block } from './block.ts';
import { SharedBodies } from './shared-bodies.ts';
import { SpillError, type SpillFile } from './spill-file.ts';
import { spillBlocks } from './spill-blocks.ts';

export interface BudgetOptions {
  /** Bytes of memory that unread records may take, what they cost beside their own bytes included. */
  readonly limit: number;
  /** null: there is no disk to put them on. */
  readonly file: SpillFile | null;
  /** Whether there are several children, who may say the same. */
  readonly isShared: () => boolean;
}

/**
 * Keeps what unread records take of memory within a limit, over all children: past it, the oldest are put on the disk. What
 * is read from there again is held as long as it is being read.
 */
export class Budget {
  /** How many bytes a block may have. */
  readonly blockBytes: number;
  readonly #options: BudgetOptions;
  readonly #ages = new AgeList();
  readonly #bodies = new SharedBodies();
  readonly #low: number;
  /** Read from the disk last, and still in memory as well. */
  #loaded: Block[] = [];
  #used = 0;
  #spilled = 0;

  constructor(options: BudgetOptions) {
    this.#options = options;
    this.#low = options.limit - Math.min(Math.ceil(options.limit / 8), LARGEST_STEP);
    this.blockBytes = Math.min(
      LARGEST_BLOCK,
      Math.max(SMALLEST_BLOCK, Math.floor(options.limit / 8)),
    );
  }

  /** Whether blocks of several children may be the same. */
  get isShared(): boolean {
    return this.#options.isShared();
  }

  /** Bytes of memory in use. */
  get used(): number {
    return this.#used;
  }

  /** Bytes of unread records that are on the disk. */
  get spilled(): number {
    return this.#spilled;
  }

  /** A record of this size was added. */
  added(block: Block, size: number): void {
    if (!block.isListed) this.#ages.add(block);
    this.#weigh(block, size + RECORD_OVERHEAD);
  }

  /** A record of this size was freed; the block may have gone since. */
  freed(block: Block, size: number): void {
    if (block.place === null)
      this.#weigh(block, -RECORD_OVERHEAD - (block.shared === null ? size : 0));
    else this.#spilled -= size;
  }

  /** Nothing is added to the block any more. */
  seal(block: Block): void {
    block.isSealed = true;
    if (block.unread < block.count || !this.isShared) return;
    const joined = this.#bodies.join(block);
    if (joined === null) return;
    this.#weigh(block, -block.size);
    if (!joined.isKnown) this.#used += block.size;
  }

  /** What was unread in it was freed, or is given up. */
  gone(block: Block): void {
    this.#weigh(block, -block.weight);
    this.#ages.remove(block);
    this.#leaveBody(block);
    if (block.place === null) return;
    this.#spilled -= block.bytes;
    this.#options.file?.release(block.place);
    block.place = null;
    this.#loaded = this.#loaded.filter((other) => other !== block);
  }

  /** The block's records, from the disk where they are not in memory. Throws SpillError. */
  recordsOf(block: Block): readonly OutputRecord[] {
    const { file } = this.#options;
    if (block.records !== null) return block.records;
    if (block.place === null || file === null) return [];
    const records = decode(block, file.read(block.place));
    block.records = records;
    this.#loaded.push(block);
    if (this.#loaded.length > MOST_LOADED) {
      const first = this.#loaded.shift();
      if (first !== undefined) first.records = null;
    }
    return records;
  }

  /** Puts the oldest on the disk where there is too much in memory. Where that cannot be, returns why. */
  makeRoom(): SpillError | null {
    const { limit, file } = this.#options;
    if (this.#used <= limit) return null;
    const blocks = this.#ages.oldest(this.#used - this.#low);
    if (file === null) return new SpillError('there is no disk for what is more');
    try {
      spillBlocks(file, blocks, (block) => this.#spill(block));
      return null;
    } catch (error) {
      if (!(error instanceof SpillError)) throw error;
      return this.#used > limit ? error : null;
    }
  }

  /** It is on the disk by now. */
  #spill(block: Block): void {
    this.#weigh(block, -block.weight);
    this.#ages.remove(block);
    this.#leaveBody(block);
    this.#spilled += block.bytes;
  }

  #weigh(block: Block, change: number): void {
    block.weight += change;
    this.#used += change;
  }

  #leaveBody(block: Block): void {
    const { shared } = block;
    block.shared = null;
    if (shared !== null && this.#bodies.leave(shared)) this.#used -= shared.bytes.byteLength;
  }
}

/** What a record costs beside its bytes: a host that sends single bytes must not grow us unseen. */
export const RECORD_OVERHEAD = 150;
/** Large enough that the disk is written to and read from in pieces that cost it nothing. */
const LARGEST_BLOCK = 1024 * 1024;
const SMALLEST_BLOCK = 64;
/** How much is put on the disk at a time. */
const LARGEST_STEP = 4 * 1024 * 1024;
/** Children that are read in turn have one each. */
const MOST_LOADED = 4;
