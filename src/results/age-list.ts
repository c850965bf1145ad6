import type { Block, SharedBody } from './block.ts';

/** Blocks that are in memory, the oldest first. */
export class AgeList {
  #first: Block | null = null;
  #last: Block | null = null;

  add(block: Block): void {
    block.isListed = true;
    block.older = this.#last;
    if (this.#last === null) this.#first = block;
    else this.#last.newer = block;
    this.#last = block;
  }

  /** Does nothing where it is not in the list. */
  remove(block: Block): void {
    if (!block.isListed) return;
    block.isListed = false;
    if (block.older === null) this.#first = block.newer;
    else block.older.newer = block.newer;
    if (block.newer === null) this.#last = block.older;
    else block.newer.older = block.older;
    block.older = null;
    block.newer = null;
  }

  /**
   * The oldest, until they come to so many bytes. Those that have their bytes in common with others come after all the
   * rest: as long as one of them is in memory, little is won.
   */
  oldest(bytes: number): readonly Block[] {
    const found: Block[] = [];
    const common: Block[] = [];
    let left = bytes;
    for (let block = this.#first; block !== null && left > 0; block = block.newer) {
      if (block.unread === 0) continue;
      if (block.shared !== null && block.shared.users > 1) common.push(block);
      else {
        found.push(block);
        left -= block.weight + (block.shared === null ? 0 : block.size);
      }
    }
    const users = new Map<SharedBody, number>();
    for (const block of common) {
      if (left <= 0) break;
      found.push(block);
      left -= block.weight;
      const { shared } = block;
      if (shared === null) continue;
      const count = (users.get(shared) ?? 0) + 1;
      users.set(shared, count);
      if (count === shared.users) left -= block.size;
    }
    return found;
  }
}
