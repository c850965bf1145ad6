import type { OutputRecord, StreamName } from '../model/record.ts';
import { Block, FREED } from './block.ts';
import type { Budget } from './budget.ts';

/** What of the slots is wanted. */
export interface Wanted {
  /** null: every stream. */
  readonly streams: ReadonlySet<StreamName> | null;
  /** Pass over what somebody has claimed, and claim what is found. */
  readonly claim: boolean;
}

/**
 * One child's unread records by their seq, in blocks. A record that is freed leaves a hole, a block of holes goes as a
 * whole, so that room is given back wherever it gets free, and no record is ever moved for another. A block's records may
 * be on the disk; its claims and its holes are not.
 */
export class Slots {
  readonly #budget: Budget;
  /** In order, with room between them where blocks are gone. Only the last one may be without an unread record. */
  readonly #blocks: Block[] = [];
  #next: number;
  #unread = 0;
  /** No record after this one was freed. */
  #freed: number;
  #claims = false;
  #firstUnread = 1;
  /** Where the block was that was looked for last. */
  #near = 0;

  /** `last`: the seq of the last record that there was before. */
  constructor(budget: Budget, last = 0) {
    this.#budget = budget;
    this.#next = last + 1;
    this.#freed = last;
  }

  /** The seq of the first record that is not freed; of the next one, where all are. */
  get firstUnread(): number {
    const first = this.#blocks.find(({ unread }) => unread > 0);
    if (first === undefined) return this.#next;
    // It only ever grows, and so is looked for from where it was.
    let seq = Math.max(this.#firstUnread, first.first);
    while (first.isFreed(seq - first.first)) seq += 1;
    this.#firstUnread = seq;
    return seq;
  }

  /** The seq of the next record. */
  get next(): number {
    return this.#next;
  }

  get unread(): number {
    return this.#unread;
  }

  /** How many bytes there is room for in the block that the next record comes into; none in it yet: as many as come. */
  get room(): number {
    const last = this.#blocks.at(-1);
    if (last === undefined || last.count === 0 || isFull(last, this.#budget.blockBytes)) {
      return this.#budget.blockBytes;
    }
    return this.#budget.blockBytes - last.size;
  }

  push(record: OutputRecord): void {
    const block = this.#open();
    block.push(record);
    this.#budget.added(block, record.data.byteLength);
    this.#next += 1;
    this.#unread += 1;
  }

  /** Nothing is pushed any more. */
  seal(): void {
    const last = this.#blocks.at(-1);
    if (last === undefined || last.isSealed) return;
    this.#budget.seal(last);
    if (last.unread === 0) this.#drop(last);
  }

  /** From here on claims are kept, because there is more than one who claims. */
  keepClaims(): void {
    this.#claims = true;
  }

  /** At most `limit` records that are wanted, from `cursor` on; and where to look for more. */
  take(cursor: number, limit: number, wanted: Wanted): Taken {
    const records: OutputRecord[] = [];
    let seq = cursor;
    for (let index = this.#indexOf(seq); records.length < limit; index += 1) {
      const block = this.#blocks[index];
      if (block === undefined) {
        seq = this.#next;
        break;
      }
      seq = Math.max(seq, block.first);
      if (seq >= block.end) continue;
      const held = this.#budget.recordsOf(block);
      if (this.#wantsAll(seq, wanted)) {
        const from = seq - block.first;
        const part = held.slice(from, from + limit - records.length);
        seq += part.length;
        if (records.length === 0 && (part.length === limit || seq === this.#next)) {
          return { records: part, cursor: seq };
        }
        records.push(...part);
      } else {
        seq = this.#pick(block, held, seq, limit, wanted, records);
      }
    }
    return { records, cursor: seq };
  }

  /** A reader has the record. Does nothing while claims are not kept. */
  claim(seq: number): void {
    const block = this.#blockOf(seq);
    if (this.#claims && block !== null) block.claimed[seq - block.first] = true;
  }

  /** A claim is over, and the record is unread as before. */
  release(seq: number): void {
    const block = this.#blockOf(seq);
    if (block !== null) block.claimed[seq - block.first] = false;
  }

  /** Frees a record; returns how many bytes that are. */
  free({ seq, data }: OutputRecord): number {
    const block = this.#blockOf(seq);
    if (block === null || block.isFreed(seq - block.first)) return 0;
    block.free(seq - block.first, data.byteLength);
    this.#unread -= 1;
    if (seq > this.#freed) this.#freed = seq;
    this.#budget.freed(block, data.byteLength);
    // The last block stays while it has room: what comes next belongs into it.
    if (block.unread === 0 && (block.isSealed || block !== this.#blocks.at(-1))) this.#drop(block);
    return data.byteLength;
  }

  /** Frees everything, for good: nothing may be pushed afterwards. */
  clear(): void {
    for (const block of this.#blocks) this.#budget.gone(block);
    this.#blocks.length = 0;
    this.#unread = 0;
  }

  /** Whether from here on there is no hole and no claim that would have to be looked for. */
  #wantsAll(seq: number, { streams, claim }: Wanted): boolean {
    return streams === null && seq > this.#freed && !(claim && this.#claims);
  }

  /** Puts what is wanted of one block into `records`; returns where it stopped. */
  #pick(
    block: Block,
    held: readonly OutputRecord[],
    start: number,
    limit: number,
    { streams, claim }: Wanted,
    records: OutputRecord[],
  ): number {
    let seq = start;
    for (; seq < block.end && records.length < limit; seq += 1) {
      const at = seq - block.first;
      const record = held[at];
      if (record === undefined || record === FREED) continue;
      if (streams !== null && !streams.has(record.stream)) continue;
      if (claim && this.#claims) {
        if (block.claimed[at] === true) continue;
        block.claimed[at] = true;
      }
      records.push(record);
    }
    return seq;
  }

  /** The block that the next record comes into. */
  #open(): Block {
    const last = this.#blocks.at(-1);
    if (last !== undefined && !isFull(last, this.#budget.blockBytes)) return last;
    if (last !== undefined && !last.isSealed) this.#budget.seal(last);
    if (last?.unread === 0) this.#drop(last);
    const block = new Block(this.#next);
    this.#blocks.push(block);
    return block;
  }

  #drop(block: Block): void {
    this.#budget.gone(block);
    this.#blocks.splice(this.#indexOf(block.first), 1);
  }

  #blockOf(seq: number): Block | null {
    const block = this.#blocks[this.#indexOf(seq)];
    return block !== undefined && block.first <= seq && seq < block.end ? block : null;
  }

  /** The index of the block that has this seq, or else of the first one behind it. */
  #indexOf(seq: number): number {
    if (this.#isAt(this.#near, seq)) return this.#near;
    if (this.#isAt(this.#near + 1, seq)) return (this.#near += 1);
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#blocks[middle]?.end ?? 0) <= seq) low = middle + 1;
      else high = middle;
    }
    this.#near = low;
    return low;
  }

  #isAt(index: number, seq: number): boolean {
    const block = this.#blocks[index];
    return block !== undefined && block.first <= seq && seq < block.end;
  }
}

interface Taken {
  readonly records: OutputRecord[];
  readonly cursor: number;
}

function isFull({ isSealed, count, size }: Block, bytes: number): boolean {
  return isSealed || count >= BLOCK || size >= bytes;
}

/** Small beside what its records hold, large enough that dropping blocks costs nothing. */
const BLOCK = 1024;
