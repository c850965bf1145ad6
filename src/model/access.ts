import type { Secret } from '../base/secret.ts';

export type HostKeyPolicy = 'strict' | 'accept-new' | 'off';

/** How to get into hosts: what a job's logins may use. Resolved by the CLI or the program; the core reads no environment. */
export interface Access {
  /** Key files that were named (`--identity`): each must be there and readable. */
  readonly identities: readonly string[];
  /** Key files tried when none is named for a host; those that are not there are passed over. */
  readonly defaultIdentities: readonly string[];
  /** The agent's socket, or null for none. */
  readonly agent: string | null;
  readonly hostKeys: HostKeyPolicy;
  /** known_hosts files to read, in order; missing ones know no host. */
  readonly knownHosts: readonly string[];
  /** Where `accept-new` appends. */
  readonly knownHostsWrite: string;
  /**
   * When a key file turns out to be encrypted: `before`: `passphrase` is asked before any host is touched, and without it
   * such a key is an error of the job's; `when-needed`: the children that need the key turn Blocked and ask;
   * `never`: they fail in the phase authenticate.
   */
  readonly prompt: 'before' | 'when-needed' | 'never';
  /** Asks for the passphrase of a key file: again while it is wrong, three times at most; null: nobody can be asked. */
  readonly passphrase: ((file: string) => Promise<string>) | null;
  /** The login password (`--ask-pass`), for hosts that ask for one; null: none was given. Tried once a host. */
  readonly password: Secret | null;
}

/** What `ssh` would use for this user without a configuration file (ssh_config(5): IdentityFile, UserKnownHostsFile). */
export function userAccess(user: { readonly home: string; readonly agent: string | null }): Access {
  const folder = `${user.home}/.ssh`;
  return {
    identities: [],
    defaultIdentities: ['id_rsa', 'id_ecdsa', 'id_ed25519'].map((name) => `${folder}/${name}`),
    agent: user.agent,
    hostKeys: 'strict',
    knownHosts: [
      `${folder}/known_hosts`,
      `${folder}/known_hosts2`,
      '/etc/ssh/ssh_known_hosts',
      '/etc/ssh/ssh_known_hosts2',
    ],
    knownHostsWrite: `${folder}/known_hosts`,
    prompt: 'before',
    passphrase: null,
    password: null,
  };
}
