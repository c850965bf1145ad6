import type { Json } from './json.ts';
import type { SshSettings } from './ssh-settings.ts';

/** One host to work on, resolved: everything that is known about how to reach it, as plain data. */
export interface Target {
  /** The host's name, as the operator and the inventory call it; what output is labelled with. */
  readonly name: string;
  /** What to resolve and connect to; the name unless the inventory says otherwise. */
  readonly address: string;
  /** 1 to 65535. */
  readonly port: number;
  readonly user: string;
  /** Private key files chosen for this host, absolute, in order; empty: the defaults of `Access`. */
  readonly identities: readonly string[];
  /**
   * Jump hosts, nearest to us first, each with its own settings; empty: a direct connection. Their own `jump` is empty: the
   * list is the whole way. Targets behind the same hosts share one list.
   */
  readonly jump: readonly Target[];
  /** What else is said about reaching it; absent: nothing (PLAIN_SSH). */
  readonly ssh?: SshSettings;
  readonly vars: Readonly<Record<string, Json>>;
  /** The inventory's groups that hold this host, in file order. */
  readonly groups: readonly string[];
}

/** This machine, for work that needs no host: its one target is called localhost. */
export function localTarget(user: string): Target {
  return {
    name: 'localhost',
    address: 'localhost',
    port: 22,
    user,
    identities: [],
    jump: [],
    vars: {},
    groups: [],
  };
}
