import type { Block } from './block.ts';
import { isPattern } from './patterns.ts';

/**
 * Finds the blocks that can hold for a host. Those whose Host line names it outright are looked up, so that thousands of
 * them cost nothing; the others are asked one by one.
 */
export class BlockIndex {
  readonly #named = new Map<string, Block[]>();
  readonly #others: Block[] = [];
  /** Somewhere, be it where nothing holds, a condition waits for the end: for every host there is one then. */
  readonly wantsFinal: boolean;

  constructor(blocks: readonly Block[]) {
    this.wantsFinal = blocks.some(
      ({ condition }) =>
        condition.kind === 'match' && condition.criteria.some(({ name }) => name === 'final'),
    );
    for (const block of blocks) {
      const names = plainNames(block);
      if (names === null) this.#others.push(block);
      else for (const name of names) this.#add(name, block);
    }
  }

  /** In their order. */
  candidates(host: string): readonly Block[] {
    const named = this.#named.get(host);
    if (named === undefined) return this.#others;
    return inOrder(named, this.#others);
  }

  #add(name: string, block: Block): void {
    const known = this.#named.get(name);
    if (known === undefined) this.#named.set(name, [block]);
    else if (known.at(-1) !== block) known.push(block);
  }
}

/** Two lists in order made one. */
function inOrder(one: readonly Block[], other: readonly Block[]): readonly Block[] {
  const all: Block[] = [];
  let at = 0;
  for (const block of one) {
    for (; at < other.length; at += 1) {
      const next = other[at];
      if (next === undefined || next.index > block.index) break;
      all.push(next);
    }
    all.push(block);
  }
  for (const block of other.slice(at)) all.push(block);
  return all;
}

/** The only hosts for which a block can hold; null: they are not that few. */
function plainNames({ condition }: Block): readonly string[] | null {
  if (condition.kind === 'as') return plainNames(condition.block);
  if (condition.kind !== 'host') return null;
  const { patterns } = condition;
  if (patterns.some(({ pattern, negated }) => negated || isPattern(pattern))) return null;
  return patterns.map(({ pattern }) => pattern);
}
