import { safeLine } from '../base/safe-text.ts';

/** What children that run say of their own progress. */
export class Percents {
  readonly #said = new Map<number, { readonly percent: number; readonly data: Uint8Array }>();
  #any = false;

  /** The text of a progress record begins with the number. */
  add(childId: number, data: Uint8Array): void {
    const percent = Number.parseFloat(textOf(data, NUMBER_BYTES));
    if (Number.isNaN(percent)) return;
    this.#any = true;
    this.#said.set(childId, { percent: Math.min(100, Math.max(0, percent)), data });
  }

  finish(childId: number): void {
    this.#said.delete(childId);
  }

  /** What the only child that runs and says something says behind its number: safe text, may be empty. */
  words(): string {
    const [one, ...others] = this.#said.values();
    if (one === undefined || others.length > 0) return '';
    const words = /^[^%]*%\s+(.+)/u.exec(textOf(one.data, WORD_BYTES))?.[1];
    return safeLine(words ?? '', MOST_WORDS);
  }

  /** Of all children, those that are done counted as whole and those that said nothing as not begun. null: none said any. */
  mean(done: number, total: number): number | null {
    if (!this.#any || total === 0) return null;
    const running = [...this.#said.values()].reduce((sum, { percent }) => sum + percent, 0);
    return Math.min(100, Math.floor((100 * done + running) / total));
  }
}

function textOf(data: Uint8Array, most: number): string {
  return Buffer.from(data.buffer, data.byteOffset, Math.min(data.byteLength, most)).toString();
}

/** More than any percentage has characters. */
const NUMBER_BYTES = 32;
const WORD_BYTES = 256;
const MOST_WORDS = 60;
