/** What children that run say of their own progress. */
export class Percents {
  readonly #said = new Map<number, number>();
  #any = false;

  /** The text of a progress record begins with the number. */
  add(childId: number, data: Uint8Array): void {
    const text = Buffer.from(data.buffer, data.byteOffset, Math.min(data.byteLength, NUMBER_BYTES));
    const percent = Number.parseFloat(text.toString('latin1'));
    if (Number.isNaN(percent)) return;
    this.#any = true;
    this.#said.set(childId, Math.min(100, Math.max(0, percent)));
  }

  finish(childId: number): void {
    this.#said.delete(childId);
  }

  /** Of all children, those that are done counted as whole and those that said nothing as not begun. null: none said any. */
  mean(done: number, total: number): number | null {
    if (!this.#any || total === 0) return null;
    const running = [...this.#said.values()].reduce((sum, each) => sum + each, 0);
    return Math.min(100, Math.floor((100 * done + running) / total));
  }
}

/** More than any percentage has characters. */
const NUMBER_BYTES = 32;
