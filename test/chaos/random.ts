/** Numbers that follow from a seed: the same seed makes the same choices, though not the same timing. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, but not including, 1: mulberry32, by Tommy Ettinger (public domain). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** A whole number, both ends included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  /** undefined where there is nothing to choose from; a number is drawn all the same. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.next() * items.length)];
  }

  /** So many of them, in their own order. */
  some<T>(items: readonly T[], count: number): readonly T[] {
    const marked = items.map((item, index) => ({ item, index, by: this.next() }));
    const chosen = marked.toSorted((one, other) => one.by - other.by).slice(0, count);
    return chosen.toSorted((one, other) => one.index - other.index).map(({ item }) => item);
  }

  /** Another sequence, so that how much one actor draws changes nothing for the others. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 4_294_967_296));
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.alloc(count);
    for (let at = 0; at < count; at += 1) bytes[at] = this.next() * 256;
    return bytes;
  }
}
