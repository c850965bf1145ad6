import type { Target } from '../model/target.ts';

/**
 * Those who wait to come back to their hosts, by the way they take there. The first who gets through by a way wakes the
 * others on it: what had cut them off is over.
 */
export class Routes {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Calls `wake` when somebody gets through by the same way; returns what takes that back. */
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

  /** Somebody got through. */
  isOpen(target: Target): void {
    if (this.#waiting.size === 0) return;
    // Whoever is woken may wait again at once.
    const waiting = [...(this.#waiting.get(routeOf(target)) ?? [])];
    for (const wake of waiting) wake();
  }
}

/** The jump hosts; all that is reached directly is reached through our own network. */
function routeOf({ jump }: Target): string {
  return jump.map(({ user, address, port }) => `${user}@${address}:${port}`).join('>');
}
