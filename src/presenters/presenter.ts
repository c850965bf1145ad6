import type { JobEvent } from '../model/event.ts';

/** Where presenters write. The CLI makes one of stdout and one of stderr; tests make one of memory. */
export interface Output {
  /** Resolves when there is room for more. Never rejects: an output whose reader is gone swallows what it is given. */
  write(chunk: string | Uint8Array): Promise<void>;
  readonly isTerminal: boolean;
  /** Width in characters; 80 where it is not known. */
  readonly columns: number;
  /** Whether colour may pass and be used. */
  readonly colour: boolean;
}

/** Shows one job: is given every event in order, `end` last. A slow presenter slows the hosts down. */
export interface Presenter {
  handle(event: JobEvent): Promise<void>;
}
