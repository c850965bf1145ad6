import type { Json } from '../../model/json.ts';
import { bareMap, NO_VARS } from '../bare-map.ts';
import type { Layer, Settings } from '../inventory/inventory.ts';
import { sourceOf } from '../ssh-config/directive.ts';
import type { Lookup, Said } from '../ssh-config/ssh-config.ts';

/** A value, and who said so: `the name`, `command line`, `host`, `group web`, `defaults`, `FILE:LINE`, `built-in`. */
export interface Sourced<Value> {
  readonly value: Value;
  readonly source: string;
}

/** All that is said of a host, before anything is decided. */
export interface Looked {
  /** Without user and port. */
  readonly host: string;
  /** How the inventory spells it; null: it does not know it. */
  readonly known: string | null;
  /** The name and the command line's own options, what counts most first. */
  readonly above: readonly Layer[];
  /** The inventory: the host, its groups, the defaults. */
  readonly below: readonly Layer[];
  /** ssh_config, and what `-o` adds to it; null: not asked. */
  readonly lookup: Lookup | null;
}

/**
 * The word that counts: the name, the command line with its `-o`, the inventory, ssh_config; null: nobody says anything.
 */
export function pick<Key extends Exclude<keyof Settings, 'vars'>>(
  { above, below }: Looked,
  key: Key,
  said: Said<NonNullable<Settings[Key]>> | null | undefined,
): Sourced<NonNullable<Settings[Key]>> | null {
  const spoken = said ?? null;
  const fromFile = spoken && { value: spoken.value, source: sourceOf(spoken.directive) };
  const isOption = spoken?.directive.origin.level === 'command line';
  return layered(above, key) ?? (isOption ? fromFile : null) ?? layered(below, key) ?? fromFile;
}

export function sayer(layers: readonly Layer[], key: keyof Settings): Layer | null {
  return layers.find(({ settings }) => settings[key] !== null) ?? null;
}

/** The nearest word counts, variable by variable. One map is handed on as it is: most hosts share one. */
export function mergeVars(layers: readonly Layer[]): Readonly<Record<string, Json>> {
  const said = layers.flatMap(({ settings }) => (settings.vars === null ? [] : [settings.vars]));
  const [only] = said;
  if (only === undefined) return NO_VARS;
  if (said.length === 1) return only;
  const merged = bareMap();
  for (const vars of said.toReversed()) {
    for (const [key, value] of Object.entries(vars)) merged[key] = value;
  }
  return merged;
}

/** Each variable with who says it. */
export function saidVars(
  layers: readonly Layer[],
): readonly (Sourced<Json> & { readonly name: string })[] {
  const vars = new Map<string, Sourced<Json> & { name: string }>();
  for (const { settings, source } of layers) {
    for (const [name, value] of Object.entries(settings.vars ?? {})) {
      if (!vars.has(name)) vars.set(name, { name, value, source });
    }
  }
  return [...vars.values()];
}

function layered<Key extends Exclude<keyof Settings, 'vars'>>(
  layers: readonly Layer[],
  key: Key,
): Sourced<NonNullable<Settings[Key]>> | null {
  for (const { settings, source } of layers) {
    const value = settings[key];
    if (value !== null) return { value, source };
  }
  return null;
}
