/** Opens once; whoever waits goes on then, and whoever comes later at once. Holds nothing where nobody waits. */
export class Latch {
  #isOpen = false;
  #waiting: (() => void)[] | null = null;

  opened(): Promise<void> {
    if (this.#isOpen) return Promise.resolve();
    return new Promise((resolve) => (this.#waiting ??= []).push(resolve));
  }

  open(): void {
    this.#isOpen = true;
    for (const resolve of this.#waiting ?? []) resolve();
    this.#waiting = null;
  }
}
