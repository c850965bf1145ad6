import type { JudgedKey, KnownKeyLine } from '../../model/host-trust.ts';
import type { OfferedHostKey } from '../../model/ports/transport.ts';
import { parseCertificate } from './certificate.ts';
import { judgeCertificate, type CertificateVerdict } from './host-certificate.ts';
import { fingerprint } from './key-blob.ts';
import type { HostEntries } from './known-hosts.ts';
import type { KnownKey } from './known-hosts-line.ts';
import { judge, type Verdict } from './verdict.ts';

/**
 * What known_hosts says of all the keys that one host has shown, together: a key of a type that is not there is no change
 * where the host has also shown one that is, or one that a known authority has certified. Else it is, because then nothing
 * says that it is the same host. `now`: wall time, milliseconds.
 */
export function judgeKeys(
  entries: HostEntries,
  host: string,
  keys: readonly OfferedHostKey[],
  now: number,
): readonly Judged[] {
  const verdicts = keys.map((key) => judge(entries, Buffer.from(key.key, 'base64')));
  const certified = keys.map((key) => certifiedBy(entries, host, key, now));
  const vouched: Vouched = certified.some(({ kind }) => kind === 'known')
    ? 'authority'
    : verdicts.some(({ kind }) => kind === 'known') && 'other-type';
  return verdicts.map((verdict, index) => {
    const certificate = certified[index] ?? NO_CERTIFICATE;
    // Whom an authority vouches for may change its keys: that is what authorities are for.
    if (certificate.kind === 'known' && verdict.kind !== 'known' && verdict.kind !== 'revoked') {
      return { known: 'authority', by: lineOf(certificate.by) };
    }
    if (certificate.kind === 'revoked') return { known: 'revoked', by: lineOf(certificate.by) };
    return judged(verdict, vouched);
  });
}

type Judged = Pick<JudgedKey, 'known' | 'by'>;
/** How it is known that this is the host, from its other keys; false: it is not. */
type Vouched = 'authority' | 'other-type' | false;

function certifiedBy(
  entries: HostEntries,
  host: string,
  { certificate: text }: OfferedHostKey,
  now: number,
): CertificateVerdict {
  const certificate = text === undefined ? null : parseCertificate(Buffer.from(text, 'base64'));
  return certificate === null ? NO_CERTIFICATE : judgeCertificate(entries, certificate, host, now);
}

function judged(verdict: Verdict, vouched: Vouched): Judged {
  switch (verdict.kind) {
    case 'known':
    case 'revoked':
      return { known: verdict.kind, by: lineOf(verdict.by) };
    case 'changed':
      return vouched !== false && verdict.otherType
        ? { known: vouched, by: null }
        : { known: 'changed', by: lineOf(verdict.by) };
    case 'unknown':
      return { known: vouched === false ? 'new' : vouched, by: null };
    case 'malformed':
      throw new Error('a host key was fetched that cannot be read');
  }
}

export function lineOf({ file, line, type, blob }: KnownKey): KnownKeyLine {
  return { file, line, type, fingerprint: fingerprint(blob) };
}

const NO_CERTIFICATE: CertificateVerdict = { kind: 'refused', reason: 'is not there' };
