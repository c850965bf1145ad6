import type { Access } from '../model/access.ts';
import type { Target } from '../model/target.ts';
import { loadKnownHosts, type KnownHosts } from './host-keys/known-hosts.ts';

/** The known_hosts files of a job's targets, each list of them read once. */
export type KnownHostsLists = ReadonlyMap<string, KnownHosts>;

/** Throws ConfigError `known-hosts` where one is there and cannot be read. */
export async function loadKnownHostsLists(
  targets: readonly Target[],
  access: Access,
): Promise<KnownHostsLists> {
  const lists = new Map([[nameOf(access.knownHosts), access.knownHosts]]);
  for (const settings of new Set(targets.map(({ ssh }) => ssh))) {
    const files = settings?.knownHosts ?? null;
    if (files !== null) lists.set(nameOf(files), files);
  }
  const loaded = [...lists].map(async ([name, files]) => {
    return [name, await loadKnownHosts(files)] as const;
  });
  return new Map(await Promise.all(loaded));
}

/** What the target's own files say, or the job's. */
export function knownHostsFor(
  lists: KnownHostsLists,
  { ssh }: Target,
  access: Access,
): KnownHosts | undefined {
  return lists.get(nameOf(ssh?.knownHosts ?? access.knownHosts));
}

/** No path holds a NUL. */
function nameOf(files: readonly string[]): string {
  return files.join('\0');
}
