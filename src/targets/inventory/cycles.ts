import { countNames, expandParts } from '../nodeset/ranges.ts';
import type { Chain } from '../nodeset/syntax.ts';
import type { WrittenGroup } from './read-groups.ts';
import type { YamlDocument } from './yaml.ts';

/** Follows every group into what it holds, by `groups` and by `@name`. Throws ConfigError where that has no end. */
export function refuseCycles(
  document: YamlDocument,
  groups: readonly WrittenGroup[],
  children: readonly (readonly number[])[],
  index: ReadonlyMap<string, number>,
): void {
  const done = new Set<number>();
  const path: number[] = [];
  const visit = (at: number): void => {
    const group = groups[at];
    if (group === undefined || done.has(at)) return;
    const begin = path.indexOf(at);
    if (begin >= 0)
      throw cycle(
        document,
        group,
        [...path.slice(begin), at].map((one) => groups[one]),
      );
    if (path.length >= MAX_DEPTH) {
      const problem = `is more than ${String(MAX_DEPTH)} groups deep`;
      throw document.error(group.node, problem);
    }
    path.push(at);
    for (const child of children[at] ?? []) visit(child);
    for (const { chain } of group.members) {
      for (const name of namedGroups(chain)) visit(index.get(name) ?? NOWHERE);
    }
    path.pop();
    done.add(at);
  };
  for (const at of groups.keys()) visit(at);
}

function cycle(
  document: YamlDocument,
  group: WrittenGroup,
  path: readonly (WrittenGroup | undefined)[],
): Error {
  const names = path.map((one) => one?.name ?? '').join(' -> ');
  const lines = path.slice(1).map((one) => document.line(one?.node ?? 0));
  const place = `${lines.length > 1 ? 'lines' : 'line'} ${lines.sort((a, b) => a - b).join(', ')}`;
  const problem = `group cycle: ${names} (${place})`;
  return document.error(group.node, problem);
}

function* namedGroups(chain: Chain): IterableIterator<string> {
  for (const { term } of chain) {
    if (term.kind === 'set') yield* namedGroups(term.chain);
    // What is larger than this is refused when it is worked out.
    else if (term.kind === 'group' && countNames(term.parts) <= MAX_NAMES) {
      yield* expandParts(term.parts);
    }
  }
}

/** Groups within groups: people make three or four levels. */
const MAX_DEPTH = 100;
const MAX_NAMES = 1_000_000;
const NOWHERE = -1;
