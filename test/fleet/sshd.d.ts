import type { Access } from '../../src/model/access.ts';
import type { Target } from '../../src/model/target.ts';
import { type KeyType } from './keys.ts';
export interface FleetOptions {
    /** Further lines of sshd_config; they win over the fleet's own. */
    readonly config?: readonly string[];
    /** Who logs in: the account that runs the tests (default), or one that is not root. */
    readonly user?: 'root-or-self' | 'plain';
    /** How many addresses answer: 16 (default) to 250. One sshd serves sixteen. */
    readonly hosts?: number;
    /** Serves only this spare place of another fleet, with that one's keys: a host among its hosts that is set up otherwise. */
    readonly place?: Place;
    /** Words put before `sshd ...`, like `nsenter`'s. */
    readonly through?: readonly string[];
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
export declare function startFleet(options?: FleetOptions): Promise<Fleet>;
