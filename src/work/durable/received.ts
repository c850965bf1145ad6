import type { StreamPlaces } from '../../model/ports/work.ts';

/** How far a durable command was received, and what is known of its beginnings. */
export class Received {
  /** It is known that the command was begun. */
  isBegun: boolean;
  /** Behind the last session that is over. */
  places: StreamPlaces;
  /** Beginnings that were sent and did not answer, and that none is known to be which took the lease: see StreamPlaces. */
  #unanswered: number;
  /** As it was told last. */
  #latest: StreamPlaces;
  readonly #tell: (places: StreamPlaces) => void;

  /** `reached`: where an earlier controller left off with it. */
  constructor(reached: StreamPlaces | null, tell: (places: StreamPlaces) => void) {
    this.isBegun = reached !== null;
    this.places = reached ?? { output: 0, error: 0 };
    this.#latest = this.places;
    this.#unanswered = reached?.doubtful === true ? 1 : 0;
    this.#tell = tell;
  }

  took(places: StreamPlaces): void {
    this.#latest = places;
    const { output, error } = places;
    const doubtful = this.#unanswered > 0 ? ({ doubtful: true } as const) : {};
    this.#tell({ output, error, ...doubtful });
  }

  /** Who said nothing may begin it later; who comes second finds the lease taken, as long as that is kept. */
  unanswered(): void {
    this.#unanswered += 1;
  }

  /** It was, by one of those that did not answer, where none that did has begun it: that one is not on its way any more. */
  wasBegun(): void {
    if (!this.isBegun && this.#unanswered > 0) this.#unanswered -= 1;
    this.isBegun = true;
    this.took(this.#latest);
  }
}

export function sum({ output, error }: StreamPlaces): number {
  return output + error;
}
