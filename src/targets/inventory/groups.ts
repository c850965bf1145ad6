import { ConfigError } from '../../model/errors.ts';
import { hintFor } from '../near-miss.ts';
import type { NodeSetContext, NothingNamed } from '../nodeset/context.ts';
import { Evaluator } from '../nodeset/evaluate.ts';
import { placeOf, shown } from '../nodeset/fault.ts';
import { countNames, expandParts } from '../nodeset/ranges.ts';
import type { Chain } from '../nodeset/syntax.ts';
import type { WrittenGroup, WrittenInventory } from './read-document.ts';
import type { YamlDocument } from './yaml.ts';

export interface GroupTable {
  readonly names: readonly string[];
  /** Position of a group in the file. */
  readonly indexOf: (name: string) => number | null;
  /** What each group names by itself, without the groups that it holds; by position. */
  readonly direct: readonly ReadonlySet<string>[];
  /** The groups that each group holds, and those that hold it; by position. */
  readonly children: readonly (readonly number[])[];
  readonly parents: readonly (readonly number[])[];
  /** Every host of a group. */
  readonly members: (index: number) => ReadonlySet<string>;
}

/**
 * Works out what the groups hold. Throws ConfigError: a group that is not there, groups in a circle, a term that
 * names nothing.
 */
export function buildGroups(
  document: YamlDocument,
  written: WrittenInventory,
  maxHosts: number,
  canonical: (name: string) => string,
): GroupTable {
  const { groups } = written;
  const index = new Map(groups.map((group, position) => [group.name, position]));
  const names = [...index.keys()];
  const children = groups.map((group) =>
    group.groups.map(({ name, node, path }) => {
      const child = index.get(name);
      if (child === undefined) {
        const { hint } = hintFor(name, names);
        throw document.error(node, path, `there is no group ${shown(name)}`, hint);
      }
      return child;
    }),
  );
  refuseCircles(document, groups, children, index);

  const direct: ReadonlySet<string>[] = [];
  const members = memoizeMembers((at) => directOf(at), children);
  const evaluator = new Evaluator(
    context(written, maxHosts, canonical, (name) => {
      const at = index.get(name);
      return at === undefined ? null : members(at);
    }),
  );
  const directOf = (at: number): ReadonlySet<string> => {
    const known = direct[at];
    if (known !== undefined) return known;
    const found = new Set<string>();
    for (const { chain, where } of groups[at]?.members ?? []) {
      evaluator.addAll(found, evaluator.chain(chain, where), where, groups[at]?.name ?? '');
    }
    direct[at] = found;
    return found;
  };
  for (const at of groups.keys()) directOf(at);

  const parents: number[][] = groups.map(() => []);
  for (const [parent, held] of children.entries()) {
    for (const child of held) parents[child]?.push(parent);
  }
  return { names, indexOf: (name) => index.get(name) ?? null, direct, children, parents, members };
}

function memoizeMembers(
  directOf: (at: number) => ReadonlySet<string>,
  children: readonly (readonly number[])[],
): (at: number) => ReadonlySet<string> {
  const known = new Map<number, ReadonlySet<string>>();
  const members = (at: number): ReadonlySet<string> => {
    const done = known.get(at);
    if (done !== undefined) return done;
    const own = directOf(at);
    const held = children[at] ?? [];
    const all = held.length === 0 ? own : united(own, held.map(members));
    known.set(at, all);
    return all;
  };
  return members;
}

function united(own: Iterable<string>, others: readonly Iterable<string>[]): ReadonlySet<string> {
  const all = new Set(own);
  for (const names of others) for (const name of names) all.add(name);
  return all;
}

/** Follows every group into what it holds, by `groups` and by `@name`. */
function refuseCircles(
  document: YamlDocument,
  groups: readonly WrittenGroup[],
  children: readonly (readonly number[])[],
  index: ReadonlyMap<string, number>,
): void {
  const done = new Set<number>();
  const path: number[] = [];
  const visit = (at: number): void => {
    if (done.has(at)) return;
    const begin = path.indexOf(at);
    const group = groups[at];
    if (group === undefined) return;
    if (begin >= 0) {
      const circle = [...path.slice(begin), at].map((one) => groups[one]);
      const shownPath = circle.map((one) => one?.name ?? '').join(' -> ');
      const lines = circle.slice(0, -1).map((one) => String(document.line(one?.node ?? 0)));
      const place = `${lines.length > 1 ? 'lines' : 'line'} ${lines.join(', ')}`;
      throw document.error(
        group.node,
        `groups.${group.name}`,
        `the groups go in a circle: ${shownPath} (${place})`,
      );
    }
    if (path.length >= MAX_DEPTH) {
      throw document.error(
        group.node,
        `groups.${group.name}`,
        `is more than ${String(MAX_DEPTH)} groups deep`,
      );
    }
    path.push(at);
    for (const child of children[at] ?? []) visit(child);
    for (const { chain } of group.members) {
      for (const name of namedGroups(chain)) {
        const child = index.get(name);
        if (child !== undefined) visit(child);
      }
    }
    path.pop();
    done.add(at);
  };
  for (const at of groups.keys()) visit(at);
}

function* namedGroups(chain: Chain): IterableIterator<string> {
  for (const { term } of chain) {
    if (term.kind === 'set') yield* namedGroups(term.chain);
    else if (term.kind === 'group' && countNames(term.parts) <= MAX_WORK)
      yield* expandParts(term.parts);
  }
}

function context(
  written: WrittenInventory,
  maxHosts: number,
  canonical: (name: string) => string,
  group: (name: string) => ReadonlySet<string> | null,
): NodeSetContext {
  const names = written.groups.map(({ name }) => name);
  return {
    maxHosts,
    maxWork: MAX_WORK,
    hosts: () => written.hosts.keys(),
    groupNames: () => names,
    group,
    canonical,
    known: (name) => written.hosts.has(name),
    file: (path) => {
      throw new ConfigError('inventory', `an inventory cannot name the file ${shown(path)}`);
    },
    nothing: (finding) => refuseNothing(finding, names, written.hosts.keys()),
  };
}

function refuseNothing(
  { kind, where, term, sought }: NothingNamed,
  groups: Iterable<string>,
  hosts: Iterable<string>,
): void {
  switch (kind) {
    case 'known-exclusion':
      return;
    case 'group':
      throw new ConfigError(
        'inventory',
        `${placeOf(where)}: there is no group ${shown(sought)}`,
        hintFor(sought, groups),
      );
    case 'wildcard':
    case 'exclusion':
    case 'pattern':
      throw new ConfigError(
        'inventory',
        `${placeOf(where)}: ${shown(term)} names nothing`,
        hintFor(sought, hosts),
      );
  }
}

/** Groups within groups: people make three or four levels. */
const MAX_DEPTH = 100;
/** Names over all groups' lists: 100,000 hosts in fifty groups each. */
const MAX_WORK = 5_000_000;
