import { statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

export interface InventorySearch {
  /** `-i FILE`, or null. */
  readonly explicit: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
}

export interface FoundInventory {
  readonly path: string;
  /**
   * Whether it was found only because it lay in the working directory: then `loadInventory` asks that nobody else
   * can have put it there.
   */
  readonly byChance: boolean;
}

/**
 * The inventory to use: `-i`, else $MUSTER_INVENTORY, ./hosts.yaml, $XDG_CONFIG_HOME/muster/hosts.yaml; null where
 * there is none. What was named by the operator is taken as it is, and must be there when it is loaded.
 */
export function findInventory(search: InventorySearch): FoundInventory | null {
  const named = search.explicit ?? (search.env['MUSTER_INVENTORY'] || null);
  if (named !== null) return { path: named, byChance: false };
  const here = join(search.cwd, FILE_NAME);
  if (exists(here)) return { path: here, byChance: true };
  const config = join(configHome(search), 'muster', FILE_NAME);
  return exists(config) ? { path: config, byChance: false } : null;
}

/** Relative values are invalid (XDG Base Directory Specification) and passed over. */
function configHome({ env, home }: InventorySearch): string {
  const value = env['XDG_CONFIG_HOME'];
  return value !== undefined && isAbsolute(value) ? value : join(home, '.config');
}

function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // It is there in some way (a folder that may not be searched, a loop of links): loading it tells what is wrong.
    return true;
  }
}

const FILE_NAME = 'hosts.yaml';
