/** The answers of a script, by the numbers of what was asked; found among whatever else the host may say. */
export class ScriptLines {
  readonly #mark: string;
  readonly #waiting = new Map<number, (words: readonly string[]) => void>();
  #partial = '';
  #isOver = false;

  constructor(mark: string) {
    this.#mark = mark;
  }

  /** The words of the line that answers `tag`; none when it will not come. */
  answer(tag: number): Promise<readonly string[]> {
    return new Promise((resolve) => {
      if (this.#isOver) resolve([]);
      else this.#waiting.set(tag, resolve);
    });
  }

  /** Holds little, however much that is. */
  add(bytes: Uint8Array): void {
    const parts = (this.#partial + Buffer.from(bytes).toString('latin1')).split('\n');
    this.#partial = parts.pop() ?? '';
    if (this.#partial.length > LONGEST_LINE) this.#partial = '';
    for (const part of parts) {
      const at = part.indexOf(this.#mark);
      if (at === -1) continue;
      const line = part.slice(at + this.#mark.length);
      const [tag, ...words] = line.split(' ').filter(Boolean);
      this.#deliver(Number(tag), words);
    }
  }

  end(): void {
    this.#isOver = true;
    for (const tag of this.#waiting.keys()) this.#deliver(tag, []);
  }

  #deliver(tag: number, words: readonly string[]): void {
    const waiting = this.#waiting.get(tag);
    this.#waiting.delete(tag);
    waiting?.(words);
  }
}

/** A line of a thousand children of one connection has some 20,000 characters. */
const LONGEST_LINE = 65_536;
