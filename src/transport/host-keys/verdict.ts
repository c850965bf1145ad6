import { keyType } from './key-blob.ts';
import type { HostEntries } from './known-hosts.ts';
import type { KnownKey } from './known-hosts-line.ts';

/** What known_hosts says about a key that a host has offered. */
export type Verdict =
  | { readonly kind: 'known'; readonly by: KnownKey }
  | { readonly kind: 'unknown' }
  /** The host is known by another key: `by`. `otherType`: all keys known for it are of other types. */
  | { readonly kind: 'changed'; readonly by: KnownKey; readonly otherType: boolean }
  | { readonly kind: 'revoked'; readonly by: KnownKey }
  /** Not one whole public key of a type we can check. */
  | { readonly kind: 'malformed' };

/**
 * As OpenSSH decides it (check_host_key in sshconnect.c, check_key_in_hostkeys in hostfile.c; seen with 9.2):
 * - a revoked key is revoked, whatever else is known;
 * - a key among the host's keys is known;
 * - where the host has keys and this is none of them, it has changed, also when it is of another type: else whoever
 *   stands in between would only have to offer a type that nobody has recorded. Which types are offered in which order
 *   is chosen from the types known, so an honest host with keys of several types does not come here;
 * - a host on another port than 22 that has no line of its own is known by the name alone, if the key is one of those;
 *   another key there proves nothing, as it may be another server's;
 * - all else is unknown.
 *
 * One thing is stricter: a key revoked for the name alone is revoked on every port. `@cert-authority` lines never
 * make a plain key known.
 */
export function judge(entries: HostEntries, offered: Buffer): Verdict {
  const type = keyType(offered);
  if (type === null) return { kind: 'malformed' };
  const same = (key: KnownKey): boolean => key.blob.equals(offered);
  const revoked = entries.revoked.find(same);
  if (revoked !== undefined) return { kind: 'revoked', by: revoked };
  const known = entries.keys.find(same);
  if (known !== undefined) return { kind: 'known', by: known };
  const sameType = entries.keys.findLast((key) => key.type === type);
  const other = sameType ?? entries.keys.at(-1);
  if (other !== undefined) return { kind: 'changed', by: other, otherType: sameType === undefined };
  const bare = entries.withoutPort.find(same);
  if (bare !== undefined) return { kind: 'known', by: bare };
  return { kind: 'unknown' };
}
