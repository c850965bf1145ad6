import { safeLine } from '../../base/safe-text.ts';
import type { Certificate } from './certificate.ts';
import { lowerCase } from './host-pattern.ts';
import { fingerprint } from './key-blob.ts';
import type { HostEntries } from './known-hosts.ts';
import type { KnownKey } from './known-hosts-line.ts';
import { isSignedBy } from './signature.ts';
import { untimely } from './validity.ts';

/** What known_hosts and the time say about a certificate that a host has shown. */
export type CertificateVerdict =
  | { readonly kind: 'known'; readonly by: KnownKey }
  | { readonly kind: 'revoked'; readonly by: KnownKey }
  /** It proves nothing: the key in it is to be judged as one without. `reason` is safe text that follows "its certificate". */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * As OpenSSH decides it (sshkey_cert_check_host in sshkey.c, check_host_key in sshconnect.c): the authority is one of those
 * that known_hosts has for this host, neither it nor the key is revoked, and the certificate is a host's, for this host, now,
 * and asks for nothing that we do not know. The signature is checked last: it costs most, and decides alone.
 */
export function judgeCertificate(
  entries: HostEntries,
  certificate: Certificate,
  host: string,
  now: number,
): CertificateVerdict {
  const { authority, key } = certificate;
  const revoked = entries.revoked.find(({ blob }) => blob.equals(authority) || blob.equals(key));
  if (revoked !== undefined) return { kind: 'revoked', by: revoked };
  const by = entries.authorities.find(({ blob }) => blob.equals(authority));
  if (by === undefined) {
    return refused(`is signed by ${fingerprint(authority)}, no authority for this host`);
  }
  const reason = unfit(certificate, host, now);
  if (reason !== null) return refused(reason);
  const isSigned = isSignedBy(authority, certificate.signed, certificate.signature);
  return isSigned ? { kind: 'known', by } : refused('has a signature that is not valid');
}

/** null: nothing but its signature is left to check. `now`: wall time, milliseconds. */
function unfit(certificate: Certificate, host: string, now: number): string | null {
  const { kind, critical, principals } = certificate;
  if (kind !== 'host') return "is a user's";
  const [option] = critical;
  if (option !== undefined) {
    return `has the critical option ${safeLine(option, LONGEST_NAME)}, which is not known`;
  }
  const late = untimely(certificate, now);
  if (late !== null) return late;
  if (principals.length > 0 && !principals.includes(lowerCase(host))) {
    return `is for ${safeLine(principals.join(', '), LONGEST_NAME)}, not for this host`;
  }
  return null;
}

function refused(reason: string): CertificateVerdict {
  return { kind: 'refused', reason };
}

const LONGEST_NAME = 40;
