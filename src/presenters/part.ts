import type { EndEvent, JobEvent, RecordEvent, StateEvent } from '../model/event.ts';
import type { Presenter } from './presenter.ts';

/** One concern of showing a job, such as its lines or its summary: takes the events that it needs. */
export interface Part {
  readonly state?: (event: StateEvent) => Promise<void>;
  readonly record?: (event: RecordEvent) => Promise<void>;
  readonly end?: (event: EndEvent) => Promise<void>;
  /** Absent: what it was given is written. */
  readonly unwritten?: (childId: number) => Unwritten;
}

/**
 * Which records of a child were taken and not written whole before the job's end: from any of these on, by their seqs;
 * `all`: none is, before that.
 */
export type Unwritten = readonly number[] | 'all';

/** A presenter that says how far it has come. */
export interface Written extends Presenter {
  unwritten(childId: number): Unwritten;
}

/** Several parts as one presenter. Each event goes to every part, in order, also when one of them fails; then it rejects. */
export function compose(parts: readonly Part[]): Written {
  const tellers = parts.flatMap(({ unwritten }) => unwritten ?? []);
  return {
    unwritten(childId) {
      const found: number[] = [];
      for (const unwritten of tellers) {
        const one = unwritten(childId);
        if (one === 'all') return one;
        found.push(...one);
      }
      return found;
    },
    async handle(event) {
      const errors: unknown[] = [];
      for (const part of parts) {
        try {
          await deliver(part, event);
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw errors[0];
    },
  };
}

function deliver(part: Part, event: JobEvent): Promise<void> | undefined {
  switch (event.event) {
    case 'state':
      return part.state?.(event);
    case 'record':
      return part.record?.(event);
    case 'end':
      return part.end?.(event);
  }
}
