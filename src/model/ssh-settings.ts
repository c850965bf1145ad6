import type { HostKeyPolicy } from './access.ts';

/**
 * How one host is to be reached and spoken to, as ssh_config(5) and the options that stand for it say: plain data, all
 * names expanded. Targets of which the same is said share one object.
 */
export interface SshSettings {
  /** The name to look up in known_hosts instead of the address (HostKeyAlias). */
  readonly hostKeyAlias: string | null;
  /** StrictHostKeyChecking; null: what the job's Access says. */
  readonly hostKeys: HostKeyPolicy | null;
  /** UserKnownHostsFile and GlobalKnownHostsFile together, absolute; null: what the job's Access says. */
  readonly knownHosts: readonly string[] | null;
  /** Where `accept-new` appends: the first user's file; null: what the job's Access says. */
  readonly knownHostsWrite: string | null;
  /** Names that `accept-new` appends are hashed (HashKnownHosts). */
  readonly hashKnownHosts: boolean;
  /**
   * The target's identities are what IdentityFile says: all there are, be it none, and one that cannot be used is passed
   * over. Else they are the operator's own: none means the default ones, and each must be usable.
   */
  readonly onlyIdentityFiles: boolean;
  /** Only the identities that are named, also of the agent's (IdentitiesOnly). */
  readonly identitiesOnly: boolean;
  /** IdentityAgent: another agent's socket, or no agent (`socket` null); null: the job's agent. */
  readonly agent: { readonly socket: string | null } | null;
  /** CertificateFile, absolute; those beside identities (`KEY-cert.pub`) need no naming. */
  readonly certificates: readonly string[];
  /** ProxyCommand as an argument vector, tokens expanded: its stdin and stdout are the connection. Excludes jumps. */
  readonly proxyCommand: readonly string[] | null;
  /** ConnectTimeout in milliseconds; null: the job's. */
  readonly connectTimeoutMs: number | null;
  /** ServerAliveInterval and ServerAliveCountMax; `intervalMs` 0: none. null: the transport's own. */
  readonly keepalive: { readonly intervalMs: number; readonly missed: number } | null;
  /** SendEnv and SetEnv: variables to ask the host to set (RFC 4254 section 6.4), which it may refuse without a word. */
  readonly env: Readonly<Record<string, string>>;
  /** AddressFamily. */
  readonly addressFamily: 4 | 6 | null;
  /** BindAddress: our own end of the connection. */
  readonly bindAddress: string | null;
  /** Ciphers, KexAlgorithms, MACs, HostKeyAlgorithms: names in order, patterns and `+ - ^` already applied; null: ours. */
  readonly ciphers: readonly string[] | null;
  readonly kex: readonly string[] | null;
  readonly macs: readonly string[] | null;
  readonly hostKeyAlgorithms: readonly string[] | null;
  /** Of those the types of keys that are known for the host come first: nothing is said, or only what to add or take away. */
  readonly knownKeyTypesFirst: boolean;
  readonly compression: boolean;
  /** RequestTTY: `auto` and `no`: none for a command; `yes`, `force`: one, as `--tty` does. */
  readonly tty: 'auto' | 'no' | 'yes' | 'force';
  /** Our agent may be used from the host. Only ever set by the operator for this job, never by a file alone. */
  readonly forwardAgent: boolean;
}

/** Nothing is said. */
export const PLAIN_SSH: SshSettings = {
  hostKeyAlias: null,
  hostKeys: null,
  knownHosts: null,
  knownHostsWrite: null,
  hashKnownHosts: false,
  onlyIdentityFiles: false,
  identitiesOnly: false,
  agent: null,
  certificates: [],
  proxyCommand: null,
  connectTimeoutMs: null,
  keepalive: null,
  env: {},
  addressFamily: null,
  bindAddress: null,
  ciphers: null,
  kex: null,
  macs: null,
  hostKeyAlgorithms: null,
  knownKeyTypesFirst: true,
  compression: false,
  tty: 'auto',
  forwardAgent: false,
};
