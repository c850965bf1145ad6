/** A part of a file. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** Which parts of a file are in use. What was given back is taken again, the lowest first, and the end goes down again. */
export class Extents {
  /** By offset; no two touch, and none touches the end. */
  readonly #free: Extent[] = [];
  #end = 0;

  /** Nothing is in use from here on. */
  get end(): number {
    return this.#end;
  }

  take(length: number): Extent {
    const index = this.#free.findIndex((hole) => hole.length >= length);
    const hole = this.#free[index];
    if (hole === undefined) {
      const offset = this.#end;
      this.#end += length;
      return { offset, length };
    }
    const rest = { offset: hole.offset + length, length: hole.length - length };
    this.#free.splice(index, 1, ...(rest.length === 0 ? [] : [rest]));
    return { offset: hole.offset, length };
  }

  /** Only of what was taken, and once. */
  give({ offset, length }: Extent): void {
    const index = this.#indexBehind(offset);
    const before = this.#free[index - 1];
    const behind = this.#free[index];
    const isJoinedBefore = before !== undefined && before.offset + before.length === offset;
    const isJoinedBehind = behind !== undefined && offset + length === behind.offset;
    const from = isJoinedBefore ? before.offset : offset;
    const to = isJoinedBehind ? behind.offset + behind.length : offset + length;
    const first = isJoinedBefore ? index - 1 : index;
    const joined = (isJoinedBefore ? 1 : 0) + (isJoinedBehind ? 1 : 0);
    if (to === this.#end) {
      this.#free.splice(first, joined);
      this.#end = from;
    } else this.#free.splice(first, joined, { offset: from, length: to - from });
  }

  /** Of the first hole behind this place. */
  #indexBehind(offset: number): number {
    let low = 0;
    let high = this.#free.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#free[middle]?.offset ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
