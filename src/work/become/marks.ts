import { randomUUID } from 'node:crypto';

/**
 * Words by which a dialog knows what is said to it from whatever else a host may say: new for each command, so that no
 * output of another one can hold them.
 */
export interface Marks {
  /** Said when the method is about to be called: what the login shell says of itself stands before it. */
  readonly asking: string;
  /** The prompt that the method is told to show, where it can be told. */
  readonly prompt: string;
  /** Said by the other user's shell, on each stream, when it is there and waits. */
  readonly ready: string;
  /** What that shell waits for before it begins the command. */
  readonly go: string;
}

export function newMarks(): Marks {
  const id = randomUUID();
  return {
    asking: `muster-${id}-asking:`,
    prompt: `muster-${id}-prompt:`,
    ready: `muster-${id}-ready:`,
    go: `muster-${id}-go`,
  };
}
