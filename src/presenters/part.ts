import type { EndEvent, JobEvent, RecordEvent, StateEvent } from '../model/event.ts';
import type { Presenter } from './presenter.ts';

/** One concern of showing a job, such as its lines or its summary: takes the events that it needs. */
export interface Part {
  readonly state?: (event: StateEvent) => Promise<void>;
  readonly record?: (event: RecordEvent) => Promise<void>;
  readonly end?: (event: EndEvent) => Promise<void>;
}

/** Several parts as one presenter. Each event goes to every part, in order, also when one of them fails; then it rejects. */
export function compose(parts: readonly Part[]): Presenter {
  return {
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
