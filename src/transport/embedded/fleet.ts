import type { Clock } from '../../base/clock.ts';
import { loadSsh2, type ParsedKey, type Ssh2 } from '../ssh2.ts';
import { readableKeyPair } from './key-pair.ts';
import { createEmbeddedServer } from './host.ts';
import { listenForAll } from './listen.ts';
import { profileOf, type EmbeddedHostSpec } from './profile.ts';

export interface EmbeddedFleetOptions {
  /** In this order they get their addresses. */
  readonly hosts: readonly EmbeddedHostSpec[];
  readonly clock: Clock;
  /** How long the slowest host takes to answer a command, milliseconds; the others a part of that. Default 0. */
  readonly paceMs?: number;
}

export interface EmbeddedHost extends EmbeddedHostSpec {
  readonly address: string;
  readonly port: number;
}

/**
 * SSH hosts inside this process, for demonstrations and tests: real SSH on loopback addresses, made-up commands. They
 * start no program, read no file and take one key, which is made for them.
 */
export interface EmbeddedFleet {
  readonly hosts: readonly EmbeddedHost[];
  readonly user: string;
  /** The user's private key, in OpenSSH's format, without a passphrase. */
  readonly privateKey: string;
  /** Lines for known_hosts, one a host. */
  readonly knownHosts: string;
  /** Ends every connection and command and frees every port. */
  close(): Promise<void>;
}

/**
 * Starts a fleet. Rejects where a port or an address cannot be had; nothing is left listening then.
 * At least one of the hosts must not be `closed`: the port is found by listening.
 */
export async function startEmbeddedFleet(options: EmbeddedFleetOptions): Promise<EmbeddedFleet> {
  const { clock, paceMs = 0 } = options;
  const ssh2 = await loadSsh2();
  const hostKeys = readableKeyPair(ssh2);
  const userKeys = readableKeyPair(ssh2);
  const userKey = parsePublicKey(ssh2, userKeys.public);

  const servers = options.hosts.map((spec, index) =>
    createEmbeddedServer({
      ssh2,
      clock,
      profile: profileOf(spec, index, paceMs),
      hostKey: hostKeys.private,
      user: USER,
      userKey,
    }),
  );
  const { places, listeners } = await listenForAll(
    options.hosts.map(({ kind }, index) => (kind === 'closed' ? null : (servers[index] ?? null))),
  );

  const hosts = options.hosts.flatMap((spec, index) => {
    const place = places[index];
    return place === undefined ? [] : [{ ...spec, ...place }];
  });
  return {
    hosts,
    user: USER,
    privateKey: userKeys.private,
    knownHosts: hosts.map((host) => knownHostsLine(host, hostKeys.public)).join(''),
    close: async () => {
      const freed = listeners.map((listener) => listener.close());
      await Promise.all(servers.map((server) => server.close()));
      await Promise.all(freed);
    },
  };
}

/** sshd(8), SSH_KNOWN_HOSTS FILE FORMAT: by name and by address, since clients look a host up by either. */
function knownHostsLine({ name, address, port }: EmbeddedHost, publicKey: string): string {
  const [type, blob] = publicKey.split(' ');
  return `[${name}]:${port},[${address}]:${port} ${type} ${blob}\n`;
}

function parsePublicKey(ssh2: Ssh2, text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
}

const USER = 'demo';
