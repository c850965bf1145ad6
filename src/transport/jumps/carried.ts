/** The connections to other hosts that go over one connection. */
export class Carried {
  readonly #lost = new Set<() => void>();
  readonly #undecided = new Set<() => void>();
  #count = 0;
  /** Those that are asked for. */
  #openings = 0;
  #isOver = false;

  get count(): number {
    return this.#count;
  }

  /** One more, until what is returned is called; `lost` is called where the connection below ends first. */
  add(lost: () => void): () => void {
    this.#lost.add(lost);
    this.#count += 1;
    this.#decide();
    let isCarried = true;
    return () => {
      if (isCarried) this.#count -= 1;
      isCarried = false;
      this.#lost.delete(lost);
    };
  }

  /** Runs what asks for one. */
  async opening<T>(task: () => Promise<T>): Promise<T> {
    this.#openings += 1;
    try {
      return await task();
    } finally {
      this.#openings -= 1;
      this.#decide();
    }
  }

  /** Calls back, perhaps at once, when there is one, or nobody asks for one any more: whether the host forwards at all. */
  decided(tell: () => void): void {
    this.#undecided.add(tell);
    this.#decide();
  }

  /** The connection below has ended. */
  end(): void {
    this.#isOver = true;
    for (const tell of this.#lost) tell();
    this.#lost.clear();
    this.#decide();
  }

  #decide(): void {
    if (this.#count === 0 && this.#openings > 0 && !this.#isOver) return;
    for (const tell of this.#undecided) tell();
    this.#undecided.clear();
  }
}
