import { asTheyAre } from '../input-pump.ts';

type Input = () => AsyncIterable<Uint8Array>;

/** Bytes of ours for a reader, and then the input of a command, where it has one; each when it may be sent. */
export function inputAfter(ahead: Ahead, input: Input | null): Input {
  return () => ({
    [Symbol.asyncIterator]: () => {
      const first = pieces(ahead.buffers);
      const rest = input?.()[Symbol.asyncIterator]() ?? null;
      // No generator: its `return` would wait for a read that may never end, when a command no longer wants input.
      return {
        next: async () => {
          await ahead.ready;
          const next = first.next();
          if (next.done !== true) return next;
          await ahead.done;
          return rest === null ? OVER : rest.next();
        },
        return: async () => {
          await rest?.return?.();
          return OVER;
        },
      };
    },
  });
}

export interface Ahead {
  readonly buffers: readonly Buffer[];
  /** Absent: it need not be waited for. */
  readonly ready?: Promise<void>;
  readonly done?: Promise<void>;
}

function* pieces(buffers: readonly Buffer[]): Generator<Uint8Array, undefined> {
  for (const buffer of buffers) {
    for (let at = 0; at < buffer.length; at += PIECE)
      yield asTheyAre(buffer.subarray(at, at + PIECE));
  }
  return undefined;
}

const OVER: IteratorReturnResult<undefined> = { done: true, value: undefined };
/** Bytes: what is written at once, so that a slow host is waited for. */
const PIECE = 262_144;
