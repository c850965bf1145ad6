import type { Settings } from './inventory.ts';
import { readGroups, type WrittenGroup } from './read-groups.ts';
import { HostTable } from './read-hosts.ts';
import { CONNECTION_KEYS, SettingsReader } from './read-settings.ts';
import type { YamlDocument } from './yaml.ts';

/** An inventory as it is written: nothing is looked up yet. */
export interface WrittenInventory {
  readonly defaults: Settings | null;
  readonly hosts: HostTable;
  readonly groups: readonly WrittenGroup[];
  /** Whether `groups` stands before `hosts`: it decides the order of all hosts. */
  readonly groupsFirst: boolean;
  readonly warnings: readonly string[];
}

export interface ReadLimits {
  readonly folder: string;
  readonly maxHosts: number;
}

/**
 * Reads the document, and the pieces of its `hosts` section that were cut out of it, if any. Throws ConfigError, naming
 * file, line and key, for anything that is not as it should be.
 */
export function readDocument(
  main: YamlDocument,
  hostPieces: readonly (() => YamlDocument)[],
  limits: ReadLimits,
): WrittenInventory {
  const reader = new SettingsReader(main, limits.folder);
  const hosts = new HostTable(limits.folder, limits.maxHosts);
  const order: string[] = [];
  let defaults: Settings | null = null;
  let groups: readonly WrittenGroup[] = [];
  if (main.root !== null) {
    reader.read(main.root, SECTIONS, (key, value) => {
      order.push(key);
      if (reader.isNothing(value)) return;
      if (key === 'defaults') defaults = reader.read(value, CONNECTION_KEYS);
      else if (key === 'hosts') hosts.read(main, value);
      else groups = readGroups(main, reader, value);
    });
  }
  for (const parse of hostPieces) {
    // One at a time: its events are gone before the next piece is parsed.
    const piece = parse();
    if (piece.root !== null) hosts.read(piece, piece.root);
  }
  const groupsFirst = order.indexOf('groups') < order.indexOf('hosts');
  const warnings = [...reader.warnings, ...hosts.warnings];
  return { defaults, hosts, groups, groupsFirst, warnings };
}

const SECTIONS: readonly string[] = ['defaults', 'groups', 'hosts'];
