import type { OfferedHostKey } from './ports/transport.ts';
import type { Target } from './target.ts';

/** What known_hosts says of a key that a host has shown. */
export type KnownAs =
  | 'known'
  /** Nothing is known of the host. */
  | 'new'
  /** Not there, but another key that the host has shown and proven is: who the host is, is known. */
  | 'other-type'
  /** Not there, but an authority that is has certified it, or another key that the host has shown. */
  | 'authority'
  /** Another key of the type is known for the host; or keys of other types, none of which it has shown. */
  | 'changed'
  | 'revoked';

/** What a list of expected keys says of one: `unlisted`: it has no key of this type for the host. */
export type ExpectedAs = 'match' | 'mismatch' | 'unlisted';

/** What the host's SSHFP records say (RFC 4255): `none`: there is none for a key of this type. */
export type NamedInDns = 'match' | 'mismatch' | 'none';

/** A key of a host beside all that is known about it. */
export interface JudgedKey extends OfferedHostKey {
  readonly known: KnownAs;
  /** The line of known_hosts that decides: of a changed key, the one that has another key. null: there is none. */
  readonly by: KnownKeyLine | null;
  /** null: no list of expected keys was given. */
  readonly expected: ExpectedAs | null;
  /** null: DNS was not asked. */
  readonly dns: NamedInDns | null;
  /** What DNS says was signed, and the signature was checked (DNSSEC). */
  readonly isProven: boolean;
}

export interface KnownKeyLine {
  readonly file: string;
  readonly line: number | null;
  readonly type: string;
  readonly fingerprint: string;
}

/** A host that has shown its keys. */
export interface JudgedHost {
  readonly target: Target;
  /** As known_hosts names it: `name`, or `[name]:port`. */
  readonly name: string;
  /** The known_hosts file to which its keys are added. */
  readonly file: string;
  readonly keys: readonly JudgedKey[];
  /** Why its SSHFP records could not be had, safe text; null: they could, or were not asked for. */
  readonly dnsFailure: string | null;
}

/** A key to be written down. */
export interface ApprovedKey {
  readonly host: JudgedHost;
  readonly key: JudgedKey;
  /** Takes the place of the keys known for the host that are of its type, or of types that the host has none of any more. */
  readonly replace: boolean;
}

/** What became of an approved key. */
export interface WrittenKey extends ApprovedKey {
  /** `there`: somebody has written it meanwhile. */
  readonly outcome: 'written' | 'there' | 'refused';
  /** What the operator should know about it, safe text: why it was refused, or where an old key still stands. */
  readonly note: string | null;
}

/** The keys of hosts beside what is known of them, and the writing down of those that an operator approves. */
export interface HostTrust {
  /** Rejects with the signal's reason when it is aborted. */
  compare(hosts: readonly HostWithKeys[], signal: AbortSignal): Promise<readonly JudgedHost[]>;
  /** Writes each file once, all of its keys together. Throws ConfigError `known-hosts` where a file cannot be written. */
  write(approved: readonly ApprovedKey[]): Promise<readonly WrittenKey[]>;
}

export interface HostWithKeys {
  readonly target: Target;
  readonly keys: readonly OfferedHostKey[];
}
