import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Access } from '../../src/model/access.ts';
import type { Target } from '../../src/model/target.ts';
import { childrenOf } from '../helpers/processes.ts';
import { runFolder, temporaryFolder } from '../setup/run-folder.ts';
import { ownAccount, plainAccount, type Account } from './account.ts';
import { KEY_TYPES, fingerprint, publicKey, sharedKeys, type KeyType } from './keys.ts';
import { HOSTS_OF_ONE_SSHD, listen, stopFleet } from './daemons.ts';
import { loopbackNetwork } from './loopback.ts';
import { sshdConfig, sshdPath } from './sshd-config.ts';

export interface FleetOptions {
  /** Further lines of sshd_config; they win over the fleet's own. */
  readonly config?: readonly string[];
  /** Who logs in: the account that runs the tests (default), or one that is not root. */
  readonly user?: 'root-or-self' | 'plain';
  /** Or this one, which its maker removes. */
  readonly account?: Account;
  /** How many addresses answer: 16 (default) to 250. One sshd serves sixteen. */
  readonly hosts?: number;
  /** Serves only this spare place of another fleet, with that one's keys: a host among its hosts that is set up otherwise. */
  readonly place?: Place;
  /** Another name of the program: an absolute path. */
  readonly sshd?: string;
  /** Words put before `sshd ...`, like `nsenter`'s. */
  readonly through?: readonly string[];
  /** Each host has an sshd of its own, and sees its own processes only (pid_namespaces(7)), as machines do. Takes root. */
  readonly ownProcesses?: boolean;
}

/** Where one host may listen. */
export interface Place {
  readonly address: string;
  readonly port: number;
  /** The private key file that known_hosts knows for it: ed25519. */
  readonly hostKey: string;
}

/** A real OpenSSH server on loopback that answers on many addresses, so that each is a host. */
export interface Fleet {
  readonly port: number;
  /** The first `n` hosts. */
  addresses(n: number): string[];
  /** An address on the same port at which nothing listens, known by the same keys: 0 to 3. */
  spare(index?: number): Place;
  readonly user: string;
  /** The private key that is let in: ed25519, no passphrase. */
  readonly userKey: string;
  /** A known_hosts file with the host keys of every address. */
  readonly knownHosts: string;
  /** The configuration, log and known_hosts are in here. */
  readonly folder: string;
  hostKeyFingerprint(type: KeyType): string;
  /** `ssh-ed25519 AAAA...` */
  hostKey(type: KeyType): string;
  /** Everything the server has logged, level VERBOSE. */
  log(): Promise<string>;
  /** The listening process; of the first sixteen hosts where there are more. */
  readonly pid: number;
  /** One process for each connection: the children of the listening ones. */
  connectionPids(): number[];
  /** Ends the listeners and every connection. Calling it again does nothing. */
  stop(): Promise<void>;
  target(address: string, overrides?: Partial<Target>): Target;
  access(overrides?: Partial<Access>): Access;
  /** The command line options with which `muster` gets into this fleet. */
  readonly options: readonly string[];
}

export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const sshd = options.sshd ?? sshdPath();
  if (sshd === null) throw new Error('sshd is not installed: install openssh-server');
  const account =
    options.account ?? (options.user === 'plain' ? plainAccount(runPid()) : ownAccount());
  const keys = sharedKeys();
  const folder = temporaryFolder('fleet');
  const authorizedKeys = authorize(account, keys, folder);
  const { place, ownProcesses = false } = options;
  const through = ownProcesses ? OWN_PROCESSES : (options.through ?? []);
  const network = loopbackNetwork();
  const hosts =
    place === undefined ? network.hosts(options.hosts ?? HOSTS_OF_ONE_SSHD) : [place.address];
  if (ownAccount().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });

  const home = account.uid === ownAccount().uid ? join(folder, 'home') : null;
  if (home !== null) mkdirSync(home);
  const userKey = join(keys, 'user');
  const log = join(folder, 'sshd.log');
  const knownHosts = join(folder, 'known_hosts');
  const { port, daemons } = await listen(
    sshd,
    through,
    hosts,
    ownProcesses ? 1 : HOSTS_OF_ONE_SSHD,
    log,
    place?.port ?? null,
    (port, addresses, index) => {
      const file = join(folder, `sshd_config.${index}`);
      const hostKeys = KEY_TYPES.map((type) => join(keys, `host_${type}`));
      const extra = options.config ?? [];
      writeFileSync(
        file,
        sshdConfig(sshd, {
          port,
          addresses,
          hostKeys,
          authorizedKeys,
          user: account.name,
          home,
          extra,
        }),
      );
      return file;
    },
  );
  const names = [...hosts, ...network.spares].map((address) => `[${address}]:${port}`).join(',');
  const hostKey = (type: KeyType): string => publicKey(join(keys, `host_${type}`));
  writeFileSync(knownHosts, KEY_TYPES.map((type) => `${names} ${hostKey(type)}\n`).join(''));

  const connectionPids = (): number[] =>
    daemons.flatMap((daemon) => childrenOf(daemon.pid ?? 0).map(({ pid }) => pid));
  let stopping: Promise<void> | null = null;
  let counted: number | null = null;
  const sessions = (): number =>
    counted ?? readFileSync(log, 'utf8').match(/^Starting session: /gmu)?.length ?? 0;
  SESSIONS.push(sessions);
  const stop = async (): Promise<void> => {
    counted = sessions();
    await stopFleet(daemons, [folder, authorizedKeys], ownProcesses ? 'SIGKILL' : 'SIGTERM');
  };
  return {
    port,
    addresses: (n) => {
      if (n > hosts.length) throw new RangeError(`this fleet has ${hosts.length} hosts, not ${n}`);
      return hosts.slice(0, n);
    },
    spare: (index = 0) => ({
      address: network.spares[index] ?? '',
      port,
      hostKey: join(keys, 'host_ed25519'),
    }),
    user: account.name,
    userKey,
    knownHosts,
    folder,
    hostKeyFingerprint: (type) => fingerprint(join(keys, `host_${type}`)),
    hostKey,
    log: async () => readFileSync(log, 'utf8'),
    pid: daemons[0]?.pid ?? 0,
    connectionPids,
    stop: () => (stopping ??= stop()),
    target: (address, overrides = {}) => ({
      name: address,
      address,
      port,
      user: account.name,
      identities: [userKey],
      jump: [],
      vars: {},
      groups: [],
      ...overrides,
    }),
    access: (overrides = {}) => ({
      identities: [],
      defaultIdentities: [],
      agent: null,
      hostKeys: 'strict',
      knownHosts: [knownHosts],
      knownHostsWrite: join(folder, 'known_hosts.new'),
      prompt: 'before',
      passphrase: null,
      password: null,
      ...overrides,
    }),
    options: [
      `--user=${account.name}`,
      `--port=${port}`,
      `--identity=${userKey}`,
      `--known-hosts=${knownHosts}`,
    ],
  };
}

/** How many commands, shells and subsystems all servers of this process were made to begin, by their logs; also stopped ones. */
export function sessionsBegun(): number {
  return SESSIONS.reduce((sum, sessions) => sum + sessions(), 0);
}

/** unshare(1) passes no signal on; where it is killed, all in the namespace are. */
const OWN_PROCESSES = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child=KILL'];
const SESSIONS: (() => number)[] = [];

/** The file that sshd reads as the account itself, so it has to be where that account may read. */
function authorize(account: Account, keys: string, folder: string): string {
  const shared = account.uid === ownAccount().uid ? folder : runFolder();
  const file = join(shared, `authorized_keys.${basename(folder)}`);
  writeFileSync(file, `${publicKey(join(keys, 'user'))}\n`, { mode: 0o600 });
  if (shared !== folder) chownSync(file, account.uid, account.gid);
  return file;
}

/** The run's process id, which names its account. */
export function runPid(): number {
  return Number(/\d+$/u.exec(runFolder())?.[0] ?? process.pid);
}
