/** A queue that may get long: taking from its front costs nothing, however much is behind. */
export class Fifo<T> {
  #items: T[] = [];
  /** Where the first item is; what is before it was taken. */
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  get last(): T | undefined {
    return this.length === 0 ? undefined : this.#items.at(-1);
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Puts items before all others. */
  insert(items: readonly T[]): void {
    this.#items = [...items, ...this.#items.slice(this.#head)];
    this.#head = 0;
  }

  /** Drops what was taken in large pieces: shifting one by one would move the whole queue each time. */
  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (this.length > 0) this.#head += 1;
    if (this.#head === this.#items.length || this.#head >= COMPACT_AT) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }
}

const COMPACT_AT = 4096;
