import { buildGroups, memberFinder, type GroupTable } from './groups.ts';
import type { Inventory, Layer, Settings } from './inventory.ts';
import type { WrittenInventory } from './read-document.ts';
import { Spellings } from './spellings.ts';
import type { YamlDocument } from './yaml.ts';

/** Makes an inventory of what was read. Throws ConfigError where the groups do not fit together. */
export function buildInventory(
  document: YamlDocument,
  written: WrittenInventory,
  options: { readonly file: string; readonly maxHosts: number },
): Inventory {
  const { settings } = written.hosts;
  const inGroups = new Set<string>();
  const spellings = new Spellings((name) => settings.has(name) || inGroups.has(name));
  for (const name of settings.keys()) spellings.add(name);
  const groups = buildGroups(document, written, options.maxHosts, (name) => {
    const known = spellings.find(name);
    if (known !== null) return known;
    inGroups.add(name);
    spellings.add(name);
    return name;
  });
  const inOrder = written.groupsFirst
    ? [...groups.direct, settings.keys()]
    : [settings.keys(), inGroups];
  // Most often one of the two lists is all: then no third is made.
  const hosts = inGroups.size === 0 && !written.groupsFirst ? settings : union(inOrder);
  return inventoryOf({
    file: options.file,
    hosts,
    groups,
    settings,
    spellings,
    groupLayers: written.groups.map((group) => layer(`group ${group.name}`, group.settings)),
    defaults: layer('defaults', written.defaults),
    warnings: written.warnings,
  });
}

interface Parts {
  readonly file: string;
  readonly hosts: { keys(): IterableIterator<string>; readonly size: number };
  readonly groups: GroupTable;
  readonly settings: ReadonlyMap<string, Settings | null>;
  readonly spellings: Spellings;
  /** By the group's position. */
  readonly groupLayers: readonly (readonly Layer[])[];
  readonly defaults: readonly Layer[];
  readonly warnings: readonly string[];
}

/** Holds on to these parts alone: the document, which is far larger than they are, can go. */
function inventoryOf(parts: Parts): Inventory {
  const { groups, settings, spellings, groupLayers, defaults } = parts;
  const members = memberFinder(groups.children, (at) => groups.direct[at] ?? NO_HOSTS);
  const holders = directHolders(groups);
  const above = groupsAbove(groups, groupLayers, defaults);
  return {
    file: parts.file,
    hosts: () => parts.hosts.keys(),
    hostCount: parts.hosts.size,
    groupNames: groups.names,
    group(name) {
      const at = groups.index.get(name);
      return at === undefined ? null : members(at);
    },
    canonical: (name) => spellings.find(name),
    layers(name) {
      const own = settings.get(name) ?? null;
      const others = above(holders.get(name) ?? NO_GROUPS).layers;
      return own === null ? others : [{ source: 'host', settings: own }, ...others];
    },
    defaults,
    groupsOf: (name) => above(holders.get(name) ?? NO_GROUPS).names,
    warnings: parts.warnings,
  };
}

function layer(source: string, settings: Settings | null): readonly Layer[] {
  return settings === null ? [] : [{ source, settings }];
}

/** The groups that name each host themselves, by position. */
function directHolders(groups: GroupTable): ReadonlyMap<string, readonly number[]> {
  const holders = new Map<string, readonly number[]>();
  for (const [at, names] of groups.direct.entries()) {
    // Hosts of this group alone, which are most, share one list.
    const alone = [at];
    for (const name of names) {
      const known = holders.get(name);
      holders.set(name, known === undefined ? alone : [...known, at]);
    }
  }
  return holders;
}

interface Above {
  /** What the groups say, nearest first, then in file order; then the defaults. */
  readonly layers: readonly Layer[];
  /** In file order. */
  readonly names: readonly string[];
}

/** All that stands above the hosts of some groups; worked out once for each combination, of which there are few. */
function groupsAbove(
  groups: GroupTable,
  groupLayers: readonly (readonly Layer[])[],
  defaults: readonly Layer[],
): (direct: readonly number[]) => Above {
  const known = new Map<string, Above>();
  return (direct) => {
    const key = direct.join(' ');
    const done = known.get(key);
    if (done !== undefined) return done;
    const nearestFirst = withParents(direct, groups.parents);
    const layers = [...nearestFirst.flatMap((at) => groupLayers[at] ?? []), ...defaults];
    const names = nearestFirst.toSorted((a, b) => a - b).map((at) => groups.names[at] ?? '');
    const found = { layers, names };
    known.set(key, found);
    return found;
  };
}

function withParents(
  direct: readonly number[],
  parents: readonly (readonly number[])[],
): readonly number[] {
  const found = new Set<number>();
  let level: readonly number[] = direct;
  while (level.length > 0) {
    const added = [...new Set(level)].filter((at) => !found.has(at)).sort((a, b) => a - b);
    for (const at of added) found.add(at);
    level = added.flatMap((at) => parents[at] ?? []);
  }
  return [...found];
}

function union(lists: readonly Iterable<string>[]): ReadonlySet<string> {
  const all = new Set<string>();
  for (const names of lists) for (const name of names) all.add(name);
  return all;
}

const NO_HOSTS: ReadonlySet<string> = new Set();
const NO_GROUPS: readonly number[] = [];
