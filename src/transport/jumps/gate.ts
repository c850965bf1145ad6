/** Lets so many tasks run at once for each name; the others wait for their turn, in the order in which they came. */
export class Gate {
  readonly #limit: number;
  readonly #running = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  async run<T>(name: string, task: () => Promise<T>): Promise<T> {
    await this.#enter(name);
    try {
      return await task();
    } finally {
      this.#leave(name);
    }
  }

  #enter(name: string): Promise<void> {
    const running = this.#running.get(name) ?? 0;
    if (running < this.#limit) {
      this.#running.set(name, running + 1);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(name);
      if (waiting === undefined) this.#waiting.set(name, [resolve]);
      else waiting.push(resolve);
    });
  }

  /** Its turn goes to who has waited longest. */
  #leave(name: string): void {
    const waiting = this.#waiting.get(name);
    const next = waiting?.shift();
    if (waiting?.length === 0) this.#waiting.delete(name);
    if (next !== undefined) {
      next();
      return;
    }
    const left = (this.#running.get(name) ?? 1) - 1;
    if (left === 0) this.#running.delete(name);
    else this.#running.set(name, left);
  }
}
