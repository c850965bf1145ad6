import type { JobOutput } from './job-output.ts';
import type { Output } from '../presenters/presenter.ts';

/** An output whose next round of text takes the place of the last, where it is a terminal. */
export interface Redrawn {
  readonly output: JobOutput;
  /** A new round begins. The screen is cleared only when the round has something to show, so that it does not flicker. */
  begin(): void;
}

export function redrawn(output: JobOutput): Redrawn {
  let fresh = false;
  const stdout: Output = {
    write: (chunk) => {
      if (!fresh || !output.stdout.isTerminal) return output.stdout.write(chunk);
      fresh = false;
      return output.stdout.write(typeof chunk === 'string' ? CLEAR + chunk : chunk);
    },
    isTerminal: output.stdout.isTerminal,
    get columns() {
      return output.stdout.columns;
    },
    colour: output.stdout.colour,
  };
  return {
    output: { ...output, stdout },
    begin: () => {
      fresh = true;
    },
  };
}

/** Cursor home, erase to the end of the screen (ECMA-48: CUP, ED). */
const CLEAR = '\u001B[H\u001B[2J';
