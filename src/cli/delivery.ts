import type { Unwritten } from '../presenters/part.ts';
import type { HeldReading } from '../service/service.ts';

/** What of one reading was shown, and is acknowledged as it gets written: whoever is killed before has used up nothing. */
export class Delivery {
  readonly reading: HeldReading<unknown>;
  /** Of each child the records that are shown and not acknowledged, in the order in which they came. */
  readonly #shown = new Map<number, number[]>();

  constructor(reading: HeldReading<unknown>) {
    this.reading = reading;
  }

  /** A record was shown, and all that is written of what was shown is out. */
  shown(childId: number, seq: number, unwritten: Unwritten): void {
    if (unwritten === 'all') {
      // With the last of them all are acknowledged.
      this.#shown.set(childId, [seq]);
      return;
    }
    const shown = this.#shown.get(childId) ?? [];
    shown.push(seq);
    // One that is not among them was shown before them, by an earlier reading.
    const places = unwritten.map((one) => Math.max(0, shown.indexOf(one)));
    const count = Math.min(shown.length, ...places);
    const last = shown[count - 1];
    if (last !== undefined) this.reading.acknowledge(childId, last);
    const left = shown.slice(count);
    if (left.length === 0) this.#shown.delete(childId);
    else this.#shown.set(childId, left);
  }

  /** Nothing more is read. Lets go of the reading, unless some of what was shown is still to be written. */
  async over(): Promise<void> {
    if (this.#shown.size === 0) await this.reading.close();
  }

  /** All that was shown is written, or never will be, and is there for the next reader. */
  async settle(isWritten: boolean): Promise<void> {
    if (isWritten) {
      for (const [childId, shown] of this.#shown) {
        const last = shown.at(-1);
        if (last !== undefined) this.reading.acknowledge(childId, last);
      }
    }
    this.#shown.clear();
    await this.reading.close();
  }
}
