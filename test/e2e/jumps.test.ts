import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fleetForFile } from '../fleet/for-file.ts';
import { eventually } from '../helpers/eventually.ts';
import { remoteProcesses, signalProcess } from '../helpers/processes.ts';
import { runMuster, startMuster } from '../helpers/run-muster.ts';
import { serversOf } from '../helpers/servers-of.ts';
import { testFolder } from '../transport/connect/reach.ts';

const fleet = await fleetForFile({
  hosts: 32,
  config: ['Match LocalAddress 127.*.*.5', 'AllowTcpForwarding no'],
});
const hosts = fleet.addresses(32);

/** Through the fleet's nth host, from 1, to 24 others. */
function through(nth: number, ...rest: readonly string[]): readonly string[] {
  const jump = `${fleet.user}@${hosts[nth - 1]}:${fleet.port}`;
  return ['run', '-w', hosts.slice(8).join(','), '-J', jump, ...fleet.options, ...rest];
}

describe('muster run through a jump host', () => {
  test('reaches all targets over one connection to it', async () => {
    const before = (await fleet.log()).length;
    const result = await runMuster(
      through(1, '-f', '3', '-O', 'json', '--', 'echo $SSH_CONNECTION'),
    );
    expect(result.code).toBe(0);
    const job = result.job();
    expect(job.counts).toMatchObject({ total: 24, completed: 24 });
    for (const child of job.children)
      expect(child.output).toContain(` ${child.host} ${fleet.port}`);
    const log = (await fleet.log()).slice(before);
    expect(log.match(new RegExp(` on ${hosts[0]} port`, 'gu'))).toHaveLength(1);
  });

  test('exits 4 where it does not forward, and names it once', async () => {
    const result = await runMuster(through(5, '-O', 'gather', '--', 'true'));
    expect(result.code).toBe(4);
    expect(result.errorText.match(/jump host/gu)).toHaveLength(1);
    expect(result.errorText).toMatch(
      new RegExp(`jump host \\S*${hosts[4]}\\S*: .*prohibited`, 'u'),
    );
  });

  test('that dies fails its targets, named once for all of them, and exits 1', async () => {
    const marker = `3602.${process.pid}`;
    const muster = startMuster(through(2, '-O', 'table', '--', `exec sleep ${marker}`));
    try {
      await eventually(() => remoteProcesses(marker).length >= 24, { deadlineMs: 15_000 });
      const servers = serversOf(hosts[1] ?? '', fleet.connectionPids());
      for (const pid of servers) signalProcess(pid, 'SIGKILL');
      const result = await muster.ended;
      expect(result.code).toBe(1);
      expect(result.errorText.match(/jump host/gu)).toHaveLength(1);
      expect(result.errorText).toMatch(
        new RegExp(
          `lost +24 .*jump host \\S*${hosts[1]}\\S*: connection lost .*may still run`,
          'u',
        ),
      );
    } finally {
      for (const { pid } of remoteProcesses(marker)) signalProcess(pid, 'SIGKILL');
    }
  });

  test('stops what it began, and waits until that is confirmed', async () => {
    const marker = `3601.${process.pid}`;
    const muster = startMuster(through(3, '-O', 'live', '--', `echo on; exec sleep ${marker}`));
    for (let seen = 0; seen < 24; seen += 1)
      await muster.line('stdout', new RegExp(`${hosts[8 + seen]}: on`, 'u'));
    muster.kill('SIGINT');
    const result = await muster.ended;
    expect(result.code).toBe(130);
    expect(remoteProcesses(marker)).toEqual([]);
    expect(result.errorText).not.toContain('not confirmed');
  });

  test('takes the whole way from an ssh_config: hops by name, each with settings of its own', async () => {
    const folder = testFolder();
    const file = join(folder, 'config');
    const aliases = join(folder, 'known_hosts');
    writeFileSync(aliases, `the-gate ${fleet.hostKey('ed25519')}\n`);
    const lines = [
      'Host gate',
      `HostName ${hosts[0]}`,
      'HostKeyAlias the-gate',
      `UserKnownHostsFile ${aliases}`,
      'Host inner',
      `HostName ${hosts[1]}`,
      'ProxyJump gate',
      'Host web1 web2',
      `HostName ${hosts[9]}`,
      'ProxyJump inner',
      'Host piped',
      `HostName ${hosts[10]}`,
      `ProxyCommand ${process.execPath} ${pipe(folder)} %h %p`,
      'Host *',
      `User ${fleet.user}`,
      `Port ${fleet.port}`,
      `IdentityFile ${fleet.userKey}`,
      `UserKnownHostsFile ${fleet.knownHosts}`,
      'GlobalKnownHostsFile none',
    ];
    writeFileSync(file, lines.join('\n'));
    const before = (await fleet.log()).length;
    const words = ['-F', file, '-w', 'web[1-2],piped', '-O', 'json', '--', 'echo $SSH_CONNECTION'];
    const result = await runMuster(['run', ...words]);
    expect([result.code, result.errorText]).toEqual([0, expect.any(String)]);
    const output = result.job().children.map(({ output: text }) => text?.split(' ')[2]);
    expect(output).toEqual([hosts[9], hosts[9], hosts[10]]);
    const log = (await fleet.log()).slice(before);
    const count = (nth: number): number => log.split(` on ${hosts[nth - 1]} port`).length - 1;
    expect([1, 2, 10, 11].map(count)).toEqual([1, 1, 2, 1]);
  });
});

/** A program that connects its standard input and output to a host and port. */
function pipe(folder: string): string {
  const file = join(folder, 'pipe.mjs');
  writeFileSync(
    file,
    `import { connect } from 'node:net';
     const socket = connect(process.argv[3], process.argv[2]);
     process.stdin.pipe(socket).pipe(process.stdout);`,
  );
  return file;
}
