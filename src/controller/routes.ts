import type { Target } from '../model/target.ts';

/**
 * Those who wait to come back to their hosts, by the way they take there. The first who comes back by a way wakes the
 * others on it: what had cut them off is over.
 */
export class Routes {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Calls `wake` when somebody comes back by the same way; returns what takes that back. */
  wait(target: Target, wake: () => void): () => void {
    const route = routeOf(target);
    const waiting = this.#waiting.get(route) ?? new Set();
    this.#waiting.set(route, waiting);
    waiting.add(wake);
    return () => {
      waiting.delete(wake);
      if (waiting.size === 0 && this.#waiting.get(route) === waiting) this.#waiting.delete(route);
    };
  }

  /** Somebody came back. */
  isBack(target: Target): void {
    for (const wake of this.#waiting.get(routeOf(target)) ?? []) wake();
  }
}

/** The jump hosts; all that is reached directly is reached through our own network. */
function routeOf({ jump }: Target): string {
  return jump.map(({ user, address, port }) => `${user}@${address}:${port}`).join('>');
}
