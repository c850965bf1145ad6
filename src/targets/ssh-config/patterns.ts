/** Whether a text matches a pattern with `*` and `?` (PATTERNS in ssh_config(5)). Takes no more than length times length. */
export function matchesPattern(text: string, pattern: string): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    const wanted = pattern[inPattern];
    if (wanted === '*') {
      star = inPattern;
      resume = at;
      inPattern += 1;
    } else if (wanted === '?' || wanted === text[at]) {
      at += 1;
      inPattern += 1;
    } else if (star !== -1) {
      // The last star takes one character more.
      resume += 1;
      at = resume;
      inPattern = star + 1;
    } else return false;
  }
  while (pattern[inPattern] === '*') inPattern += 1;
  return inPattern === pattern.length;
}

/** Whether a text matches a list `a,!b,c*`: some pattern does, and no negated one. */
export function matchesList(text: string, list: string): boolean {
  let found = false;
  for (const entry of list.split(',')) {
    const negated = entry.startsWith('!');
    if (!matchesPattern(text, negated ? entry.slice(1) : entry)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

/** As `matchesList`, whatever the case: names of hosts. */
export function matchesHostList(host: string, list: string): boolean {
  return matchesList(host.toLowerCase(), list.toLowerCase());
}

export function isPattern(text: string): boolean {
  return /[*?]/u.test(text);
}
