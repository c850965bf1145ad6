import type { JudgedKey, KnownKeyLine } from '../../model/host-trust.ts';
import type { OfferedHostKey } from '../../model/ports/transport.ts';
import { fingerprint } from './key-blob.ts';
import type { HostEntries } from './known-hosts.ts';
import type { KnownKey } from './known-hosts-line.ts';
import { judge, type Verdict } from './verdict.ts';

/**
 * What known_hosts says of all the keys that one host has shown, together: a key of a type that is not there is no change
 * where the host has also shown one that is. Else it is, because then nothing says that it is the same host.
 */
export function judgeKeys(
  entries: HostEntries,
  keys: readonly OfferedHostKey[],
): readonly Pick<JudgedKey, 'known' | 'by'>[] {
  const verdicts = keys.map(({ key }) => judge(entries, Buffer.from(key, 'base64')));
  const isVouched = verdicts.some(({ kind }) => kind === 'known');
  return verdicts.map((verdict) => judged(verdict, isVouched));
}

function judged(verdict: Verdict, isVouched: boolean): Pick<JudgedKey, 'known' | 'by'> {
  switch (verdict.kind) {
    case 'known':
    case 'revoked':
      return { known: verdict.kind, by: lineOf(verdict.by) };
    case 'changed':
      if (verdict.otherType && isVouched) return { known: 'other-type', by: null };
      return { known: 'changed', by: lineOf(verdict.by) };
    case 'unknown':
      if (isVouched) return { known: 'other-type', by: null };
      return { known: 'new', by: null };
    case 'malformed':
      throw new Error('a host key was fetched that cannot be read');
  }
}

export function lineOf({ file, line, type, blob }: KnownKey): KnownKeyLine {
  return { file, line, type, fingerprint: fingerprint(blob) };
}
