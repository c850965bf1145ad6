import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fleet } from '../fleet/sshd.ts';
import type { Program } from './measure.ts';

/** Another program that runs one command on many hosts. */
export interface Peer {
  readonly name: string;
  /** The program's file, looked for in PATH; Debian renames some. */
  readonly commands: readonly string[];
  /** Runs `true` on the hosts, 64 at once. `folder` may be written to. */
  program(command: string, fleet: Fleet, hosts: readonly string[], folder: string): Program;
}

/** What the yardstick and its rivals all run: OpenSSH's client, with the key exchange that we use. */
export function sshOptions(fleet: Fleet): readonly string[] {
  const options = Object.entries(sshSettings(fleet));
  return ['-F', 'none', ...options.flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

/** The same as options of ssh_config(5). */
export function sshSettings(fleet: Fleet): Readonly<Record<string, string>> {
  return {
    User: fleet.user,
    Port: String(fleet.port),
    IdentityFile: fleet.userKey,
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    BatchMode: 'yes',
    StrictHostKeyChecking: 'yes',
    UpdateHostKeys: 'no',
    UserKnownHostsFile: fleet.knownHosts,
    GlobalKnownHostsFile: '/dev/null',
    KexAlgorithms: 'curve25519-sha256',
    Ciphers: 'aes128-gcm@openssh.com',
    HostKeyAlgorithms: 'ssh-ed25519',
  };
}

/** The yardstick of the limits. */
export function xargs(fleet: Fleet, hosts: readonly string[]): Program {
  return {
    argv: ['xargs', `-P${FANOUT}`, '-I{}', 'ssh', ...sshOptions(fleet), '{}', 'true'],
    input: lines(hosts),
  };
}

export const PEERS: readonly Peer[] = [
  {
    name: 'clush',
    commands: ['clush'],
    program: (command, fleet, hosts) => {
      const ssh = ['-R', 'ssh', '-o', sshOptions(fleet).join(' ')];
      return { argv: [command, '-q', '-S', `-f${FANOUT}`, ...ssh, '-w', hosts.join(','), 'true'] };
    },
  },
  {
    name: 'pdsh -R ssh',
    commands: ['pdsh'],
    program: (command, fleet, hosts) => ({
      argv: [command, '-S', '-R', 'ssh', '-f', String(FANOUT), '-w', hosts.join(','), 'true'],
      // %h is pdsh's word for the host.
      env: { PDSH_SSH_ARGS: [...sshOptions(fleet), '%h'].join(' ') },
    }),
  },
  {
    name: 'pssh',
    commands: ['parallel-ssh', 'pssh'],
    program: (command, fleet, hosts, folder) => {
      const file = join(folder, 'pssh.hosts');
      writeFileSync(file, lines(hosts));
      const options = sshOptions(fleet).flatMap((option) => ['-X', option]);
      return { argv: [command, '-p', String(FANOUT), '-h', file, ...options, 'true'] };
    },
  },
  {
    name: 'GNU parallel',
    commands: ['parallel'],
    program: (command, fleet, hosts) => ({
      argv: [command, '--will-cite', `-j${FANOUT}`, 'ssh', ...sshOptions(fleet), '{}', 'true'],
      input: lines(hosts),
    }),
  },
  {
    name: 'ansible -m raw',
    commands: ['ansible'],
    program: (command, fleet, hosts, folder) => {
      const inventory = join(folder, 'ansible.hosts');
      writeFileSync(inventory, lines(hosts));
      return {
        argv: [command, '-i', inventory, '-f', String(FANOUT), 'all', '-m', 'raw', '-a', 'true'],
        env: {
          // Without its connection sharing, which the others here do not use either.
          ANSIBLE_SSH_USETTY: 'False',
          ANSIBLE_SSH_ARGS: sshOptions(fleet).join(' '),
          ANSIBLE_LOCAL_TEMP: join(folder, 'ansible'),
          ANSIBLE_HOME: join(folder, 'ansible'),
        },
      };
    },
  },
];

/** Where the first of these programs is; null: not installed. */
export function findProgram(names: readonly string[]): string | null {
  const folders = (process.env['PATH'] ?? '').split(':');
  const files = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return files.find((file) => existsSync(file)) ?? null;
}

/** The first line that a program says with these arguments, wherever it says it. */
export function firstLine(command: string, ...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return `${stdout}${stderr}`.split('\n')[0] ?? '';
}

export const FANOUT = 64;

/** Each with its newline. */
export function lines(hosts: readonly string[]): string {
  return hosts.map((host) => `${host}\n`).join('');
}
