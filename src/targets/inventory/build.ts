import { safeLine } from '../../base/safe-text.ts';
import { buildGroups, type GroupTable } from './groups.ts';
import type { Inventory, Layer, Settings } from './inventory.ts';
import type { WrittenInventory } from './read-document.ts';
import type { YamlDocument } from './yaml.ts';

/** Makes an inventory of what was read. Throws ConfigError where the groups do not fit together. */
export function buildInventory(
  document: YamlDocument,
  written: WrittenInventory,
  options: { readonly file: string; readonly maxHosts: number },
): Inventory {
  const { hosts, spellings } = written;
  const groupsOnly = new Set<string>();
  const canonical = (name: string): string => {
    const known = spellings.find(name);
    if (known !== null) return known;
    spellings.add(name);
    groupsOnly.add(name);
    return name;
  };
  const groups = buildGroups(document, written, options.maxHosts, canonical);
  const holders = directHolders(groups);
  const chainOf = memoizeChains(groups);
  const groupLayers = written.groups.map(({ name, settings }) => layer(`group ${name}`, settings));
  const last = layer('defaults', written.defaults);

  const directOf = (name: string): readonly number[] => holders.get(name) ?? [];
  const inOrder = written.groupsFirst ? fileOrder(groups, hosts) : null;
  return {
    file: options.file,
    hosts: () => inOrder ?? both(hosts.keys(), groupsOnly),
    hostCount: hosts.size + groupsOnly.size,
    groupNames: groups.names,
    group(name) {
      const index = groups.indexOf(name);
      return index === null ? null : groups.members(index);
    },
    canonical: (name) => spellings.find(name),
    layers(name) {
      const own = layer('host', hosts.get(name) ?? null);
      const fromGroups = chainOf(directOf(name)).nearestFirst.map(
        (index) => groupLayers[index] ?? [],
      );
      return [own, ...fromGroups, last].flat();
    },
    defaults: last,
    groupsOf: (name) => chainOf(directOf(name)).names,
    warnings: written.changedNumbers.map(
      ({ node, path, text }) =>
        `${safeLine(options.file)}:${String(document.line(node))}: ${path}: YAML reads ${text} as a number, ` +
        'and drops what is not needed for one; quote it to keep it as it is written',
    ),
  };
}

function layer(source: string, settings: Settings | null): readonly Layer[] {
  return settings === null ? [] : [{ source, settings }];
}

/** The groups that name each host themselves. */
function directHolders(groups: GroupTable): ReadonlyMap<string, readonly number[]> {
  const holders = new Map<string, number[]>();
  // Hosts of one group only, which are most, share its list.
  const alone = groups.names.map((_, index) => [index]);
  for (const [index, names] of groups.direct.entries()) {
    for (const name of names) {
      const known = holders.get(name);
      if (known === undefined) holders.set(name, alone[index] ?? []);
      else holders.set(name, [...known, index]);
    }
  }
  return holders;
}

interface GroupChain {
  /** Nearest first, then in file order. */
  readonly nearestFirst: readonly number[];
  /** In file order. */
  readonly names: readonly string[];
}

/** All the groups above some groups; worked out once for each combination, of which there are few. */
function memoizeChains(groups: GroupTable): (direct: readonly number[]) => GroupChain {
  const known = new Map<string, GroupChain>();
  return (direct) => {
    const key = direct.join(' ');
    const done = known.get(key);
    if (done !== undefined) return done;
    const found = new Set<number>();
    let level: readonly number[] = direct;
    while (level.length > 0) {
      const sorted = [...new Set(level)].sort((a, b) => a - b).filter((index) => !found.has(index));
      for (const index of sorted) found.add(index);
      level = sorted.flatMap((index) => groups.parents[index] ?? []);
    }
    const inFile = [...found].sort((a, b) => a - b).map((index) => groups.names[index] ?? '');
    const chain = { nearestFirst: [...found], names: inFile };
    known.set(key, chain);
    return chain;
  };
}

function fileOrder(groups: GroupTable, hosts: ReadonlyMap<string, unknown>): ReadonlySet<string> {
  const all = new Set<string>();
  for (const names of groups.direct) for (const name of names) all.add(name);
  for (const name of hosts.keys()) all.add(name);
  return all;
}

function* both(first: Iterable<string>, second: Iterable<string>): IterableIterator<string> {
  yield* first;
  yield* second;
}
