/**
 * How much may be under way at once: so many bytes and so many files. Waiters come in their order. One piece larger than
 * all there is goes alone.
 */
export class Flow {
  readonly #most: number;
  #taken = 0;
  #waiting: { readonly size: number; readonly go: () => void }[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves when there is room for `size`; to be given back with `release`. */
  acquire(size: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#fits(size)) {
      this.#taken += size;
      return DONE;
    }
    return new Promise((go) => {
      this.#waiting.push({ size, go });
    });
  }

  /** The same where there is room now and nobody waits; false: there is not. */
  tryAcquire(size: number): boolean {
    if (this.#waiting.length > 0 || !this.#fits(size)) return false;
    this.#taken += size;
    return true;
  }

  release(size: number): void {
    this.#taken -= size;
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || !this.#fits(next.size)) return;
      this.#waiting.shift();
      this.#taken += next.size;
      next.go();
    }
  }

  #fits(size: number): boolean {
    return this.#taken === 0 || this.#taken + size <= this.#most;
  }
}

const DONE = Promise.resolve();
