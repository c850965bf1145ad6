/** How carefully a job spreads over its targets. */
export interface Rollout {
  /** Sizes of the batches, in order; the last one repeats. Empty: all at once, under the fanout. */
  readonly batches: readonly Amount[];
  /** Rest between two batches. Milliseconds. */
  readonly pauseMs: number;
  /** Asks between two batches whether to go on. */
  readonly confirm: boolean;
  /** So many failed children are tolerated; the next one ends the rollout. null: no limit. */
  readonly maxFailures: Amount | null;
  /** When the rollout is ended, what runs is stopped too; else it finishes. */
  readonly kill: boolean;
  /** Children begin in an order of chance. Their ids stay in target order. */
  readonly shuffle: boolean;
  /** Each child waits a time of chance up to this before it begins. Milliseconds. */
  readonly splayMs: number;
  /**
   * When the first logins to finish have all failed with one code and many targets are left, the rest are not tried:
   * what is wrong is ours, and more attempts could lock accounts.
   */
  readonly breaker: boolean;
}

/** So many targets, or so many of a hundred of all targets: rounded up, at least 1. */
export type Amount =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'percent'; readonly percent: number };

/** Everything at once. */
export const NO_ROLLOUT: Rollout = {
  batches: [],
  pauseMs: 0,
  confirm: false,
  maxFailures: null,
  kill: false,
  shuffle: false,
  splayMs: 0,
  breaker: true,
};
