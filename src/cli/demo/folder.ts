import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedFleet } from '../../embedded.ts';
import { shares } from './hosts.ts';

/** What a client needs to get into the fleet, as files in a 0700 folder of their own. */
export interface DemoFolder {
  readonly path: string;
  readonly inventory: string;
  readonly knownHosts: string;
  remove(): Promise<void>;
}

export async function writeDemoFolder(fleet: EmbeddedFleet): Promise<DemoFolder> {
  const path = await mkdtemp(join(tmpdir(), 'muster-demo-'));
  const inventory = join(path, 'hosts.yaml');
  const knownHosts = join(path, 'known_hosts');
  const key = join(path, 'key');
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true });
  try {
    // 0600 for all: ssh and muster refuse a key that others can read.
    await writeFile(key, fleet.privateKey, { mode: 0o600 });
    await writeFile(knownHosts, fleet.knownHosts, { mode: 0o600 });
    await writeFile(inventory, inventoryText(fleet, key), { mode: 0o600 });
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, inventory, knownHosts, remove };
}

function inventoryText({ hosts, user }: EmbeddedFleet, key: string): string {
  const { web, db } = shares(hosts.length);
  return [
    '# The hosts of a `muster demo`. They are gone when it ends, and this file with them.',
    'defaults:',
    `  user: ${user}`,
    // A JSON string is a YAML string (YAML 1.2.2, section 1.2), whatever the path holds.
    `  identity: ${JSON.stringify(key)}`,
    'groups:',
    `  web: { hosts: "web[1-${web}]", vars: { tier: front } }`,
    `  db: { hosts: "db[1-${db}]" }`,
    'hosts:',
    ...hosts.map(({ name, address, port }) => `  ${name}: { address: ${address}, port: ${port} }`),
    '',
  ].join('\n');
}
