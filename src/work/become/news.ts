/** Something has changed since it was looked at last. Told twice before anybody looks, it is one piece of news. */
export class News {
  #isUnread = false;
  #wake: (() => void) | null = null;

  tell(): void {
    this.#isUnread = true;
    this.#wake?.();
  }

  /** Resolves when there is some, at once where there is already. One reader. */
  next(): Promise<true> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null;
        this.#isUnread = false;
        resolve(true);
      };
      if (this.#isUnread) this.#wake();
    });
  }
}
