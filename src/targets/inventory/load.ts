import { dirname, resolve } from 'node:path';
import type { Inventory } from './inventory.ts';
import { readInventoryFile } from './read-file.ts';

export interface LoadOptions {
  /** Refuse the file where others could have written it: it was found, not named. Default false. */
  readonly byChance?: boolean;
  /** The user who must own it then; null: this system has no such thing. */
  readonly uid?: number | null;
}

/**
 * Reads an inventory (hosts.yaml). Everything that is wrong with it is found now, not when a host needs it.
 * Throws ConfigError `inventory`, naming file, line and key.
 */
export async function loadInventory(path: string, options: LoadOptions = {}): Promise<Inventory> {
  const text = await readInventoryFile(path, {
    trusted: options.byChance ?? false,
    uid: options.uid ?? null,
  });
  return parseInventory(text, path);
}

/** An inventory from its text; `path` is what messages call it, and where its relative paths begin. */
export async function parseInventory(text: string, path: string): Promise<Inventory> {
  const [{ cutFile }, { yamlParser }, { readDocument }, { buildInventory }] = await Promise.all([
    import('./yaml-pieces.ts'),
    import('./yaml.ts'),
    import('./read-document.ts'),
    import('./build.ts'),
  ]);
  const parse = await yamlParser(path);
  const pieces = cutFile(text);
  const main = parse(pieces.main);
  const hosts = pieces.hosts.map((piece) => () => parse(piece));
  const limits = { folder: dirname(resolve(path)), maxHosts: MAX_HOSTS };
  const written = readDocument(main, hosts, limits);
  return buildInventory(main, written, { file: path, maxHosts: MAX_HOSTS });
}

/** An inventory may hold more than one command may run on, but must fit into memory. */
const MAX_HOSTS = 1_000_000;
