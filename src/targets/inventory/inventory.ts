import type { Json } from '../../model/json.ts';

/** What a host, a group or the defaults may say about reaching a host. null: says nothing. */
export interface Settings {
  /** What to resolve and connect to. Of a host only. */
  readonly address: string | null;
  readonly port: number | null;
  readonly user: string | null;
  /** Private key files, absolute or relative to the inventory's folder, or `~/`. */
  readonly identities: readonly string[] | null;
  /** Jump hosts, nearest to us first; empty: none, whatever others say. */
  readonly jump: readonly string[] | null;
  readonly vars: Readonly<Record<string, Json>> | null;
}

/** Says nothing. */
export const SILENT: Settings = {
  address: null,
  port: null,
  user: null,
  identities: null,
  jump: null,
  vars: null,
};

/** Settings, and who says so: `host`, `group web`, `defaults`. */
export interface Layer {
  readonly source: string;
  readonly settings: Settings;
}

/** An inventory as the rest of this room uses it: names, groups, and what is said about a host. */
export interface Inventory {
  /** The file, as messages name it; null: there is none. */
  readonly file: string | null;
  /** Every host, in the order of the file. */
  readonly hosts: () => Iterable<string>;
  readonly hostCount: number;
  /** In the order of the file. */
  readonly groupNames: readonly string[];
  /** The hosts of a group, those of its groups included, in order; null: there is no such group. */
  readonly group: (name: string) => ReadonlySet<string> | null;
  /** The spelling under which the inventory knows a host (names of DNS do not differ by case), or null. */
  readonly canonical: (name: string) => string | null;
  /** What is said about a host, what counts most first: the host, its groups (nearest first, then in file order), the defaults. */
  readonly layers: (name: string) => readonly Layer[];
  /** What is said about hosts that the inventory does not know. */
  readonly defaults: readonly Layer[];
  /** The groups that hold a host, in file order. */
  readonly groupsOf: (name: string) => readonly string[];
  /** What the operator should know about the file; safe text, one line each. */
  readonly warnings: readonly string[];
}

export const emptyInventory: Inventory = {
  file: null,
  hosts: () => [],
  hostCount: 0,
  groupNames: [],
  group: () => null,
  canonical: () => null,
  layers: () => [],
  defaults: [],
  groupsOf: () => [],
  warnings: [],
};
