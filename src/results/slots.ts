import type { OutputRecord, StreamName } from '../model/record.ts';

/** What of the slots is wanted. */
export interface Wanted {
  /** null: every stream. */
  readonly streams: ReadonlySet<StreamName> | null;
  /** Pass over what somebody has claimed, and claim what is found. */
  readonly claim: boolean;
}

/**
 * Unread records by their seq, in blocks of BLOCK. A record that is freed leaves a hole, a block of holes goes as a whole,
 * so that room is given back wherever it gets free, and no record is ever moved for another.
 */
export class Slots {
  /** In order; null: a block without a record. The first one is never null, except that there may be none. */
  readonly #blocks: (Block | null)[] = [];
  /** How many blocks were dropped before the first. */
  #dropped: number;
  #next: number;
  #unread = 0;
  /** No record after this one was freed. */
  #freed: number;
  #claims = false;
  #firstUnread = 1;

  /** `last`: the seq of the last record that there was before. */
  constructor(last = 0) {
    this.#next = last + 1;
    this.#dropped = Math.floor(last / BLOCK);
    this.#freed = last;
    const before = placeOf(this.#next);
    if (before > 0) {
      this.#blocks.push({
        records: Array.from({ length: before }, () => FREED),
        claimed: [],
        unread: 0,
      });
    }
  }

  /** The seq of the first record that is not freed; of the next one, where all are. */
  get firstUnread(): number {
    // It only ever grows, and so is looked for from where it was.
    let seq = Math.max(this.#firstUnread, this.#dropped * BLOCK + 1);
    while (seq < this.#next && this.#isFreed(seq)) seq += 1;
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

  push(record: OutputRecord): void {
    const index = this.#indexOf(this.#next);
    const block = this.#blocks[index];
    if (block === undefined || block === null) {
      this.#blocks[index] = { records: [record], claimed: [], unread: 1 };
    } else {
      block.records.push(record);
      block.unread += 1;
    }
    this.#next += 1;
    this.#unread += 1;
  }

  /** From here on claims are kept, because there is more than one who claims. */
  keepClaims(): void {
    this.#claims = true;
  }

  /** At most `limit` records that are wanted, from `cursor` on; and where to look for more. */
  take(cursor: number, limit: number, wanted: Wanted): Taken {
    const records: OutputRecord[] = [];
    let seq = Math.max(cursor, this.#dropped * BLOCK + 1);
    while (seq < this.#next && records.length < limit) {
      const block = this.#blocks[this.#indexOf(seq)];
      const end = Math.min(endOfBlock(seq), this.#next);
      if (block === undefined || block === null) {
        seq = end;
      } else if (this.#wantsAll(seq, wanted)) {
        const part = block.records.slice(placeOf(seq), placeOf(seq) + limit - records.length);
        seq += part.length;
        if (records.length === 0 && (part.length === limit || seq === this.#next)) {
          return { records: part, cursor: seq };
        }
        records.push(...part);
      } else {
        seq = this.#pick(block, seq, end, limit, wanted, records);
      }
    }
    return { records, cursor: seq };
  }

  /** A reader has the record. Does nothing while claims are not kept. */
  claim(seq: number): void {
    const block = this.#blocks[this.#indexOf(seq)];
    if (this.#claims && block !== undefined && block !== null) block.claimed[placeOf(seq)] = true;
  }

  /** A claim is over, and the record is unread as before. */
  release(seq: number): void {
    const block = this.#blocks[this.#indexOf(seq)];
    if (block !== undefined && block !== null) block.claimed[placeOf(seq)] = false;
  }

  /** Frees a record; returns how many bytes that are. */
  free(seq: number): number {
    const index = this.#indexOf(seq);
    const block = this.#blocks[index];
    const at = placeOf(seq);
    const record = block?.records[at];
    if (block === undefined || block === null || record === undefined || record === FREED) return 0;
    block.records[at] = FREED;
    block.unread -= 1;
    this.#unread -= 1;
    if (seq > this.#freed) this.#freed = seq;
    // The last block stays while it has room: what comes next belongs into it.
    if (block.unread === 0 && endOfBlock(seq) <= this.#next) this.#drop(index);
    return record.data.byteLength;
  }

  /** Frees everything, for good: nothing may be pushed afterwards. */
  clear(): void {
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
    start: number,
    end: number,
    limit: number,
    { streams, claim }: Wanted,
    records: OutputRecord[],
  ): number {
    let seq = start;
    for (; seq < end && records.length < limit; seq += 1) {
      const at = placeOf(seq);
      const record = block.records[at];
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

  #isFreed(seq: number): boolean {
    const record = this.#blocks[this.#indexOf(seq)]?.records[placeOf(seq)];
    return record === undefined || record === FREED;
  }

  #drop(index: number): void {
    this.#blocks[index] = null;
    while (this.#blocks[0] === null) {
      this.#blocks.shift();
      this.#dropped += 1;
    }
  }

  #indexOf(seq: number): number {
    return Math.floor((seq - 1) / BLOCK) - this.#dropped;
  }
}

interface Taken {
  readonly records: OutputRecord[];
  readonly cursor: number;
}

interface Block {
  readonly records: OutputRecord[];
  /** true where a reader has the record; anything else where not. */
  readonly claimed: boolean[];
  unread: number;
}

/** Where in its block a record is. */
function placeOf(seq: number): number {
  return (seq - 1) % BLOCK;
}

/** The first seq after the block that this one is in. */
function endOfBlock(seq: number): number {
  return seq + BLOCK - placeOf(seq);
}

/** In the place of a record, so that its bytes are free at once. */
const FREED: OutputRecord = { seq: 0, time: 0, stream: 'output', data: new Uint8Array(0) };
/** Small beside what its records hold, large enough that dropping blocks costs nothing. */
const BLOCK = 1024;
