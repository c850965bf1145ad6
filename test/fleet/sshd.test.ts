import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { remoteProcesses } from '../helpers/processes.ts';
import { startFleet, type Fleet } from './sshd.ts';

const run = promisify(execFile);
const fleets: Fleet[] = [];
afterAll(async () => {
  await Promise.all(fleets.map((fleet) => fleet.stop()));
});

async function fleetOf(options: Parameters<typeof startFleet>[0]): Promise<Fleet> {
  const fleet = await startFleet(options);
  fleets.push(fleet);
  return fleet;
}

function ssh(fleet: Fleet, address: string, command: string): ReturnType<typeof run> {
  return run('ssh', [
    '-Fnone',
    '-oBatchMode=yes',
    '-oIdentitiesOnly=yes',
    '-oStrictHostKeyChecking=yes',
    `-oUserKnownHostsFile=${fleet.knownHosts}`,
    `-i${fleet.userKey}`,
    `-p${fleet.port}`,
    `-l${fleet.user}`,
    address,
    command,
  ]);
}

describe('the fleet', () => {
  test('answers on each of its addresses, with known host keys and a working login', async () => {
    const fleet = await fleetOf({});
    for (const address of [fleet.addresses(16).at(0), fleet.addresses(16).at(-1)]) {
      const { stdout } = await ssh(fleet, address ?? '', 'echo $SSH_CONNECTION; id -un');
      expect(stdout).toBe(
        `${/^\S+ \d+ /u.exec(String(stdout))?.[0]}${address} ${fleet.port}\n${fleet.user}\n`,
      );
    }
    await expect(fleet.log()).resolves.toContain('Accepted publickey');
    expect(() => fleet.addresses(17)).toThrow(RangeError);
  });

  test('serves 250 addresses on one port', async () => {
    const fleet = await fleetOf({ hosts: 250 });
    const { stdout } = await ssh(fleet, fleet.addresses(250).at(-1) ?? '', 'echo here');
    expect(stdout).toBe('here\n');
  });

  test('lets in an account that is not root', async () => {
    const fleet = await fleetOf({ user: 'plain' });
    const { stdout } = await ssh(fleet, fleet.addresses(1)[0] ?? '', 'id -u');
    expect(Number(stdout)).toBeGreaterThan(0);
  });

  test('takes the caller’s configuration before its own', async () => {
    const fleet = await fleetOf({ config: ['ForceCommand echo forced'] });
    const { stdout } = await ssh(fleet, fleet.addresses(1)[0] ?? '', 'echo asked');
    expect(stdout).toBe('forced\n');
  });

  test('shows what runs on its hosts, and ends every connection when it stops', async () => {
    const fleet = await fleetOf({});
    const marker = 'marker-of-the-fleet-test';
    const sleeping = ssh(fleet, fleet.addresses(1)[0] ?? '', `exec sh -c 'read line' ${marker}`);
    const refused = expect(sleeping).rejects.toThrow(/./u);
    await eventually(() => remoteProcesses(marker).length > 0);
    expect(fleet.connectionPids()).toHaveLength(1);
    await fleet.stop();
    await refused;
    await eventually(() => remoteProcesses(marker).length === 0);
  });
});
