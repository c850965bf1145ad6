/**
 * Whether a known_hosts name list matches a name: commas part it, `*` and `?` are wildcards, a negated match (`!`)
 * rules the whole list out (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Both sides are in lower case already.
 */
export function matchesNames(names: string, name: string): boolean {
  let matched = false;
  for (const item of names.split(',')) {
    const negated = item.startsWith('!');
    const pattern = negated ? item.slice(1) : item;
    // OpenSSH's own limit; without it a list could mean one thing to ssh and another to us.
    if (pattern.length > MAX_PATTERN_LENGTH) return false;
    if (!matchesPattern(pattern, name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/** Whether a name list holds something other than plain names. */
export function hasPattern(names: string): boolean {
  return /[*?!]/u.test(names);
}

/** Greedy with one point to come back to, so that no pattern takes more than length times length steps. */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0;
  let seen = 0;
  let star = -1;
  let starSeen = 0;
  while (seen < text.length) {
    const want = pattern[at];
    if (want === '*') {
      star = at;
      starSeen = seen;
      at += 1;
    } else if (want === '?' || want === text[seen]) {
      at += 1;
      seen += 1;
    } else if (star >= 0) {
      at = star + 1;
      starSeen += 1;
      seen = starSeen;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/** ASCII letters only: what OpenSSH does, and what host names are made of. */
export function lowerCase(text: string): string {
  return /[A-Z]/u.test(text) ? text.replace(/[A-Z]+/gu, (letters) => letters.toLowerCase()) : text;
}

/** match_pattern_list in OpenSSH's match.c: a longer item makes its whole list match nothing. */
const MAX_PATTERN_LENGTH = 1022;
