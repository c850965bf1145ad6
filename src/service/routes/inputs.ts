import { delay, type Clock } from '../../base/clock.ts';
import { ConfigError } from '../../model/errors.ts';
import type { JobInput } from '../../model/definition.ts';
import type { WireInput } from '../wire/definition.ts';
import { SharedInput } from './shared-input.ts';

/**
 * Input that clients send for the commands of their jobs. It is known here only while it comes; what came belongs to the
 * job's definition, and goes with it.
 */
export class Inputs {
  readonly #clock: Clock;
  readonly #expected = new Map<string, SharedInput>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The input of a job that is about to be made. */
  expect(wire: WireInput | null): ExpectedInput {
    if (wire === null || wire.kind === 'file') {
      return { input: wire, begin: () => undefined, forget: () => undefined };
    }
    if (this.#expected.has(wire.id)) {
      throw new ConfigError('usage', 'this input is of another job already');
    }
    const shared = new SharedInput();
    this.#expected.set(wire.id, shared);
    const forget = (): void => {
      this.#expected.delete(wire.id);
      shared.close();
    };
    return {
      input: { kind: 'stream', open: () => shared.open() },
      begin: (finished) => this.#begin(shared, finished, forget),
      forget,
    };
  }

  /** Takes the bytes as they are wanted. Resolves when all were taken, or no more are wanted. */
  async receive(id: string, source: AsyncIterable<unknown>): Promise<void> {
    const shared = this.#expected.get(id);
    if (shared === undefined) throw new ConfigError('usage', 'no job waits for this input');
    await shared.fill(source);
  }

  #begin(shared: SharedInput, finished: () => Promise<unknown>, forget: () => void): void {
    // However the job ended, and if it is gone already: nothing more is wanted.
    finished().then(forget, forget);
    const waited = new AbortController();
    shared.begun.addEventListener('abort', () => waited.abort(), { once: true });
    delay(this.#clock, COMES_WITHIN_MS, waited.signal).then(forget, () => undefined);
  }
}

export interface ExpectedInput {
  readonly input: JobInput | null;
  /** There is a job now: the input is wanted until it is finished. */
  begin(finished: () => Promise<unknown>): void;
  /** There is none. */
  forget(): void;
}

/** A client sends it as soon as it hears of its job; one that is gone never does, and its commands must not wait for it. */
const COMES_WITHIN_MS = 30_000;
