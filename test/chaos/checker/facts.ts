import type { Timed } from '../history.ts';

/** What every check asks of a history, looked up once: it may have a million entries. */
export interface Facts {
  /** Hosts with a small disk, which was filled at these places. */
  readonly small: ReadonlySet<string>;
  readonly filled: readonly { readonly line: number; readonly ms: number }[];
  /** What the hosts' commands have written down of their beginnings, and where that was read; null: it was not. */
  readonly begun: { readonly line: number; readonly lines: readonly string[] } | null;
  /** Where nothing does harm any more; null: nowhere. */
  readonly calm: number | null;
}

export function factsOf(history: readonly Timed[]): Facts {
  const known = FACTS.get(history);
  if (known !== undefined) return known;
  const small = new Set<string>();
  const filled: { line: number; ms: number }[] = [];
  let begun: Facts['begun'] = null;
  let calm: number | null = null;
  for (const [line, entry] of history.entries()) {
    if (entry.what === 'small') for (const host of entry.hosts) small.add(host);
    else if (entry.what === 'disk') filled.push({ line, ms: entry.ms });
    else if (entry.what === 'begun') begun ??= { line, lines: entry.lines };
    else if (entry.what === 'calm') calm ??= line;
  }
  const facts = { small, filled, begun, calm };
  FACTS.set(history, facts);
  return facts;
}

const FACTS = new WeakMap<readonly Timed[], Facts>();
