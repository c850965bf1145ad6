import { ConfigError } from '../../model/errors.ts';
import { hintFor } from '../near-miss.ts';
import type { NodeSetContext, NothingNamed } from '../nodeset/context.ts';
import { Evaluator } from '../nodeset/evaluate.ts';
import { placeOf, shown } from '../nodeset/fault.ts';
import { refuseCycles } from './cycles.ts';
import type { WrittenInventory } from './read-document.ts';
import type { YamlDocument } from './yaml.ts';

/** What the groups hold. A group is known by its position in the file. */
export interface GroupTable {
  readonly names: readonly string[];
  readonly index: ReadonlyMap<string, number>;
  /** What each group names by itself, without the groups that it holds. */
  readonly direct: readonly ReadonlySet<string>[];
  /** The groups that each group holds, and those that hold it. */
  readonly children: readonly (readonly number[])[];
  readonly parents: readonly (readonly number[])[];
}

/**
 * Works out what the groups hold. `canonical` gives the one spelling of a host, and notes hosts that only groups name.
 * Throws ConfigError: a group that is not there, a cycle of groups, a term that names nothing.
 */
export function buildGroups(
  document: YamlDocument,
  written: WrittenInventory,
  maxHosts: number,
  canonical: (name: string) => string,
): GroupTable {
  const { groups } = written;
  const names = groups.map(({ name }) => name);
  const index = new Map(names.map((name, position) => [name, position]));
  const children = groups.map((group) =>
    group.groups.map(({ name, node }) => {
      const child = index.get(name);
      if (child !== undefined) return child;
      const { hint } = hintFor(name, names);
      throw document.error(node, `there is no group ${shown(name)}`, hint);
    }),
  );
  refuseCycles(document, groups, children, index);

  const direct: ReadonlySet<string>[] = [];
  const membersOf = memberFinder(children, (at) => directOf(at));
  const evaluator = new Evaluator({
    ...contextOf(written, names, maxHosts, canonical),
    group: (name) => {
      const at = index.get(name);
      return at === undefined ? null : membersOf(at);
    },
  });
  const directOf = (at: number): ReadonlySet<string> => {
    const known = direct[at];
    if (known !== undefined) return known;
    const found = new Set<string>();
    for (const { chain, where } of groups[at]?.members ?? []) {
      evaluator.addAll(found, evaluator.chain(chain, where), where, names[at] ?? '');
    }
    direct[at] = found;
    return found;
  };
  for (const at of groups.keys()) directOf(at);
  return { names, index, direct, children, parents: invert(children) };
}

/** Finds every host of a group, each time once. The groups must not form a cycle. */
export function memberFinder(
  children: readonly (readonly number[])[],
  directOf: (at: number) => ReadonlySet<string>,
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

function invert(children: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const parents: number[][] = children.map(() => []);
  for (const [parent, held] of children.entries()) {
    for (const child of held) parents[child]?.push(parent);
  }
  return parents;
}

function contextOf(
  written: WrittenInventory,
  groupNames: readonly string[],
  maxHosts: number,
  canonical: (name: string) => string,
): Omit<NodeSetContext, 'group'> {
  const { settings } = written.hosts;
  return {
    maxHosts,
    maxHostsHint: null,
    maxWork: MAX_WORK,
    hosts: () => settings.keys(),
    groupNames: () => groupNames,
    canonical,
    known: (name) => settings.has(name),
    file: (path) => {
      throw new ConfigError('inventory', `an inventory cannot name the file ${shown(path)}`);
    },
    nothing: (finding) => refuseNothing(finding, groupNames, settings.keys()),
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
    case 'group': {
      const message = `${placeOf(where)}: there is no group ${shown(sought)}`;
      throw new ConfigError('inventory', message, hintFor(sought, groups));
    }
    case 'wildcard':
    case 'exclusion':
    case 'pattern': {
      const message = `${placeOf(where)}: ${shown(term)} names nothing`;
      throw new ConfigError('inventory', message, hintFor(sought, hosts));
    }
  }
}

/** Names over all groups' lists: 100,000 hosts in fifty groups each. */
const MAX_WORK = 5_000_000;
