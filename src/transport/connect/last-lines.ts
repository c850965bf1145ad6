import { safeLine } from '../../base/safe-text.ts';

/** The end of what a program wrote on its stderr, however much that was. */
export class LastLines {
  #bytes: Buffer = Buffer.alloc(0);

  add(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]).subarray(-MOST_BYTES);
  }

  /** Its last lines in one, safe text; empty: it said nothing. */
  get text(): string {
    const lines = this.#bytes
      .toString('utf8')
      .split(/[\r\n]+/u)
      .map((line) => line.trim())
      .filter((line) => line !== '');
    return safeLine(lines.slice(-MOST_LINES).join('; '), LONGEST);
  }
}

const MOST_BYTES = 2048;
const MOST_LINES = 3;
/** Leaves room in a message of 200 for the program and how it ended. */
const LONGEST = 110;
