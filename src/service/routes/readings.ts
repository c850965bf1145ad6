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

  /** Those of them that are under way. */
  of(ids: readonly string[]): readonly OpenReading[] {
    return ids.flatMap((id) => this.#open.get(id) ?? []);
  }

  /** Says whether there is such a reading: one that has ended needs no acknowledgement. */
  acknowledge(id: string, { records, stop, close }: AcknowledgeRequest): boolean {
    const reading = this.#open.get(id);
    if (reading === undefined) return false;
    for (const record of records) reading.acknowledge(record);
    if (stop === true) reading.stop();
    if (close) reading.close();
    return true;
  }
}

/** Records that another reader gave back come after those of higher numbers. */
interface Sent {
  readonly last: number;
  readonly highest: number;
}

/** What one client reads: knows what was sent and not acknowledged. */
export class OpenReading {
  readonly id: string = randomUUID();
  readonly #reading: Reading<unknown>;
  readonly #gone: () => void;
  /** Of each child, where not all that was sent is acknowledged. */
  readonly #sent = new Map<number, Sent>();
  readonly #closed = new AbortController();
  #isStopped = false;
  #settled: (() => void) | null = null;

  constructor(reading: Reading<unknown>, gone: () => void) {
    this.#reading = reading;
    this.#gone = gone;
  }

  /** Aborted when it was closed. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Nothing more is to be sent. */
  get isOver(): boolean {
    return this.#isStopped || this.closed.aborted;
  }

  sent({ childId, seq }: Acknowledgement): void {
    const highest = this.#sent.get(childId)?.highest ?? 0;
    this.#sent.set(childId, { last: seq, highest: Math.max(highest, seq) });
  }

  held(childId: number): number {
    return this.#reading.held(childId);
  }

  acknowledge({ childId, seq }: Acknowledgement): void {
    const sent = this.#sent.get(childId);
    if (sent === undefined) return;
    const { last, highest } = sent;
    // What was not sent cannot have been used up, whatever a client says.
    const upTo = seq > highest ? last : seq;
    this.#reading.acknowledge(childId, upTo);
    if (upTo === last) this.#sent.delete(childId);
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

  /** What was sent stays claimed until it is acknowledged, or this is closed. */
  stop(): void {
    if (this.isOver) return;
    this.#isStopped = true;
    this.#reading.stop(new Map([...this.#sent].map(([childId, { last }]) => [childId, last])));
  }

  close(): void {
    if (this.closed.aborted) return;
    this.#closed.abort();
    this.#reading.close();
    this.#gone();
  }
}
