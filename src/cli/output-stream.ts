import type { OutStream } from './shell.ts';
import type { Output } from '../presenters/presenter.ts';
import { errorCode } from '../base/system-error.ts';

/** One of our own streams as presenters see it. */
export interface StreamOutput extends Output {
  /** Nothing written now arrives: a pipe was closed at its other end, or writing failed. */
  readonly gone: boolean;
  /** Why writing failed, where that was no closed pipe: output that somebody wanted was lost. */
  readonly failure: string | null;
  /** Resolves when everything was written, or never will be. */
  flushed(): Promise<void>;
  /** From now on nothing is written, nor waited for. */
  abandon(): void;
}

/**
 * Makes an Output of a stream. When its reader goes (`muster run ... | head -1`), each further write would fail with
 * EPIPE: from then on what is given is swallowed, so that the job goes on and its exit status stays its own.
 */
export function streamOutput(stream: OutStream): StreamOutput {
  let gone = false;
  let failure: string | null = null;
  const waiting = new Set<() => void>();
  const release = (): void => {
    for (const resume of waiting) resume();
    waiting.clear();
  };
  const giveUp = (): void => {
    gone = true;
    release();
  };
  stream.on('drain', release);
  // For the life of the process: an error event without a listener would end it.
  stream.on('error', (error) => {
    if (!gone && errorCode(error) !== 'EPIPE') failure = error.message;
    giveUp();
  });
  stream.on('close', release);
  return {
    flushed: () => {
      if (gone || stream.writableLength === 0) return RESOLVED;
      return new Promise((resolve) => {
        waiting.add(resolve);
        stream.write('', () => resolve());
      });
    },
    abandon: giveUp,
    get gone() {
      return gone;
    },
    get failure() {
      return failure;
    },
    write: (chunk) => {
      if (gone || stream.destroyed || stream.write(chunk)) return RESOLVED;
      return new Promise((resolve) => waiting.add(resolve));
    },
    isTerminal: stream.isTTY === true,
    get columns() {
      // A terminal that was never told its size says 0, as under script(1) or `docker run -t`.
      return stream.columns || 80;
    },
    colour: false,
  };
}

/** The same output, coloured or not. `master`: once the reader of that has gone, this has nothing more to say either. */
export function outputWith(
  output: StreamOutput,
  options: { readonly colour: boolean; readonly master?: StreamOutput },
): Output {
  return {
    write: (chunk) => (options.master?.gone === true ? RESOLVED : output.write(chunk)),
    isTerminal: output.isTerminal,
    get columns() {
      return output.columns;
    },
    colour: options.colour,
  };
}

const RESOLVED = Promise.resolve();
