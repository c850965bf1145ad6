import type { JudgedHost, JudgedKey, WrittenKey } from '../../model/host-trust.ts';

/** A key that speaks against what it is compared with: never added without a name being typed, and never by `--yes`. */
export function isContradicted({ known, expected, dns }: JudgedKey): boolean {
  return (
    known === 'changed' || known === 'revoked' || expected === 'mismatch' || dns === 'mismatch'
  );
}

/** What an operator may approve all at once. Where keys are expected, only those. */
export function isAddable({ known, expected, dns }: JudgedKey): boolean {
  if (known !== 'new' && known !== 'other-type') return false;
  return (expected === null || expected === 'match') && dns !== 'mismatch';
}

/** What an operator may replace, by typing its host's name. */
export function isReplaceable({ known, expected, dns }: JudgedKey): boolean {
  return known === 'changed' && (expected === null || expected === 'match') && dns !== 'mismatch';
}

/**
 * The keys of a host with which not all is well: those that are not known in the end. `isCheck`: nothing was to be written,
 * so a key that is as expected is well. One that is not on the list of expected keys is, where another of its host's is.
 */
export function unsettledKeys(
  host: JudgedHost,
  written: ReadonlyMap<JudgedKey, WrittenKey>,
  isCheck: boolean,
): readonly JudgedKey[] {
  const isWell = (key: JudgedKey): boolean => {
    const result = written.get(key);
    if (result !== undefined && result.outcome !== 'refused') return true;
    if (isContradicted(key)) return false;
    if (key.known === 'known' || key.known === 'authority') return true;
    return isCheck && key.expected === 'match';
  };
  const isVouched = host.keys.some(isWell);
  return host.keys.filter((key) => {
    if (isWell(key)) return false;
    return isContradicted(key) || key.expected !== 'unlisted' || !isVouched;
  });
}
