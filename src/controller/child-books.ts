import type { Outcome } from '../model/outcome.ts';
import type { ChildTrail } from '../model/ports/audit.ts';
import type { Stood } from '../model/ports/journal.ts';
import type { StreamPlaces } from '../model/ports/work.ts';
import type { StreamName } from '../model/record.ts';

/** Who writes down what becomes of one child: for the next controller, and for good. */
export class ChildBooks {
  /** Told once: its command may be sent from now on. Wall time. */
  onBegun: ((begin: number) => void) | null = null;
  /** Told of each change of its places, once its records are there. */
  onTook: ((places: StreamPlaces) => void) | null = null;
  /** Told when its command is halted, and when it goes on. */
  onStood: ((stood: Stood) => void) | null = null;
  /** What is written down of it for good; null: nothing. */
  trail: ChildTrail | null = null;

  mayBeSent(begin: number): void {
    this.onBegun?.(begin);
    this.onBegun = null;
  }

  took(places: StreamPlaces): void {
    this.onTook?.(places);
  }

  said(stream: StreamName, data: Uint8Array): void {
    this.trail?.said(stream, data);
  }

  /** Its end, once. One that cannot be written down has failed, whatever it was; gives what becomes of it. */
  ended(end: Parameters<ChildTrail['ended']>[0]): Outcome {
    const why = this.trail?.ended(end) ?? null;
    this.trail = null;
    const { outcome } = end;
    if (why === null || outcome.state !== 'Completed') return outcome;
    const failure = { phase: 'local', code: 'store', message: why, mayHaveRun: true } as const;
    return { ...outcome, state: 'Failed', failure: { ...failure, via: null } };
  }
}

/** Those of a child of whom something is to be written down from now on. */
export function booksOf(child: { books: ChildBooks | null }): ChildBooks {
  return (child.books ??= new ChildBooks());
}
