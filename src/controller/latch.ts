/** Opens once: whoever waits by then goes on. */
export class Latch {
  readonly #waiting: (() => void)[] = [];

  opened(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  open(): void {
    for (const resolve of this.#waiting) resolve();
  }
}
