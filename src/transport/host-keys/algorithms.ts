import { certifiedName } from './certificate.ts';
import type { HostEntries } from './known-hosts.ts';

/**
 * The host key algorithms to offer a host, in order: those of the keys that are known for it come first, else a host
 * that is known by its RSA key would show its Ed25519 key and look changed (order_hostkeyalgs in OpenSSH's
 * sshconnect2.c). A revoked key is no reason to ask for its type. Where an authority vouches for the host, its certificates
 * come before all.
 */
export function hostKeyAlgorithms(entries: HostEntries): readonly string[] {
  const known = entries.keys.length > 0 ? entries.keys : entries.withoutPort;
  const types = new Set(
    known
      .filter((key) => !entries.revoked.some((revoked) => revoked.blob.equals(key.blob)))
      .map((key) => key.type),
  );
  const isKnown = ({ type }: { readonly type: string }): boolean => types.has(type);
  const first = HOST_KEY_TYPES.filter(isKnown);
  const last = HOST_KEY_TYPES.filter((one) => !isKnown(one));
  const plain = [...first, ...last].flatMap((one) => one.algorithms);
  return entries.authorities.length === 0 ? plain : [...plain.map(certifiedName), ...plain];
}

/** A type of key, and the signature algorithms for it that are asked for. */
export interface HostKeyType {
  readonly type: string;
  readonly algorithms: readonly string[];
}

/** Cheapest and strongest first. RSA only with SHA-2 (RFC 8332): SHA-1 signatures are not accepted, nor is DSA. */
export const HOST_KEY_TYPES: readonly HostKeyType[] = [
  { type: 'ssh-ed25519', algorithms: ['ssh-ed25519'] },
  { type: 'ecdsa-sha2-nistp256', algorithms: ['ecdsa-sha2-nistp256'] },
  { type: 'ecdsa-sha2-nistp384', algorithms: ['ecdsa-sha2-nistp384'] },
  { type: 'ecdsa-sha2-nistp521', algorithms: ['ecdsa-sha2-nistp521'] },
  { type: 'ssh-rsa', algorithms: ['rsa-sha2-512', 'rsa-sha2-256'] },
];
