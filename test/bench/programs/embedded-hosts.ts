import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/base/clock.ts';
import { startEmbeddedFleet } from '../../../src/transport/embedded/fleet.ts';

// Hosts in a process of their own, so that their memory is not the client's. They end with this program's stdin.
const [folder = '', count = ''] = process.argv.slice(2);
const hosts = Array.from({ length: Number(count) }, (_, index) => ({
  name: `n${index + 1}`,
  kind: 'working' as const,
}));
const fleet = await startEmbeddedFleet({ hosts, clock: systemClock });
const identity = join(folder, 'embedded-key');
const knownHosts = join(folder, 'embedded-known-hosts');
writeFileSync(identity, fleet.privateKey, { mode: 0o600 });
writeFileSync(knownHosts, fleet.knownHosts);
const task = {
  hosts: fleet.hosts.map(({ address }) => address),
  port: fleet.hosts[0]?.port ?? 0,
  user: fleet.user,
  identity,
  knownHosts,
  fanout: 64,
};
process.stdout.write(`${JSON.stringify(task)}\n`);
for await (const _ of process.stdin);
await fleet.close();
