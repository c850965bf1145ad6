/**
 * Whether a name matches a pattern of `*` (any text, also none) and `?` (one character). Never slower than the
 * product of the two lengths, whatever the pattern: names and patterns come from files that others wrote.
 */
export function matchesWildcard(pattern: string, name: string): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length) {
    const wanted = pattern.charAt(inPattern);
    if (wanted === '*') {
      star = inPattern;
      resume = at;
      inPattern += 1;
    } else if (wanted === '?' || (wanted !== '' && wanted === name.charAt(at))) {
      inPattern += 1;
      at += 1;
    } else if (star >= 0) {
      // Let the last star take one character more.
      inPattern = star + 1;
      resume += 1;
      at = resume;
    } else return false;
  }
  while (pattern.charAt(inPattern) === '*') inPattern += 1;
  return inPattern === pattern.length;
}
