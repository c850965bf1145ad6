import { randomUUID } from 'node:crypto';
import type { Reading } from '../../model/ports/controller.ts';
import type { AcknowledgeRequest, Acknowledgement } from '../wire/protocol.ts';

/** The readings under way, by the id under which their clients acknowledge. */
export class Readings {
  readonly #open = new Map<string, OpenReading>();

  add(reading: Reading<unknown>): OpenReading {
    const opened: OpenReading = new OpenReading(reading, () => this.#open.delete(opened.id));
    this.#open.set(opened.id, opened);
    return opened;
  }

  /** Says whether there is such a reading: one that has ended needs no acknowledgement. */
  acknowledge(id: string, { records, close }: AcknowledgeRequest): boolean {
    const reading = this.#open.get(id);
    if (reading === undefined) return false;
    for (const record of records) reading.acknowledge(record);
    if (close) reading.close();
    return true;
  }
}

/** What one client reads: knows what was sent and not acknowledged. */
export class OpenReading {
  readonly id: string = randomUUID();
  readonly #reading: Reading<unknown>;
  readonly #gone: () => void;
  /** The last record sent of each child, where it is not acknowledged. */
  readonly #sent = new Map<number, number>();
  readonly #closed = new AbortController();
  #settled: (() => void) | null = null;

  constructor(reading: Reading<unknown>, gone: () => void) {
    this.#reading = reading;
    this.#gone = gone;
  }

  /** Aborted when it was closed. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  sent(childId: number, seq: number): void {
    this.#sent.set(childId, seq);
  }

  acknowledge({ childId, seq }: Acknowledgement): void {
    const last = this.#sent.get(childId);
    if (last === undefined) return;
    // What was not sent cannot have been used up, whatever a client says.
    this.#reading.acknowledge(childId, Math.min(seq, last));
    if (seq >= last) this.#sent.delete(childId);
    if (this.#sent.size === 0) this.#settled?.();
  }

  /** Resolves when everything that was sent is acknowledged, or the reading was closed. */
  async settled(): Promise<void> {
    if (this.#sent.size === 0 || this.closed.aborted) return;
    await new Promise<void>((resolve) => {
      this.#settled = resolve;
      this.closed.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  close(): void {
    if (this.closed.aborted) return;
    this.#closed.abort();
    this.#reading.close();
    this.#gone();
  }
}
