import type { Reading } from '../model/ports/controller.ts';

/** Which record a value is; null: none; `last`: none, and nothing comes after it. */
export type RecordOf<T> = (value: T) => RecordPlace | 'last' | null;

interface RecordPlace {
  readonly childId: number;
  readonly seq: number;
}

/**
 * Reads, and acknowledges each record when the next value is asked for: whoever stops early leaves what was given last,
 * and all that comes after it, unread.
 */
export function acknowledging<T>(
  reading: Reading<T>,
  recordOf: RecordOf<T>,
  signal?: AbortSignal,
): AsyncIterableIterator<T, undefined> {
  const values = reading[Symbol.asyncIterator]();
  let current: RecordPlace | null = null;
  const close = (): void => {
    signal?.removeEventListener('abort', close);
    current = null;
    reading.close();
  };
  if (signal?.aborted === true) close();
  signal?.addEventListener('abort', close, { once: true });
  return {
    async next() {
      if (current !== null) reading.acknowledge(current.childId, current.seq);
      current = null;
      const result = await values.next();
      if (result.done === true) {
        close();
        return { done: true, value: undefined };
      }
      const place = recordOf(result.value);
      if (place === 'last') close();
      else current = place;
      return { done: false, value: result.value };
    },
    return() {
      close();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
