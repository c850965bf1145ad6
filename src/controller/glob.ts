/**
 * Whether the whole text matches a pattern with `*` (any characters, also none) and `?` (one), without regard to case.
 * In time of at most their lengths multiplied, whatever the pattern is.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const glob = Array.from(pattern.toLowerCase());
  const letters = Array.from(text.toLowerCase());
  let at = 0;
  // Where to go on when the last star has to take one letter more.
  let star = -1;
  let taken = 0;
  for (let next = 0; next < letters.length;) {
    if (glob[at] === '*') {
      star = at;
      taken = next;
      at += 1;
    } else if (at < glob.length && (glob[at] === '?' || glob[at] === letters[next])) {
      at += 1;
      next += 1;
    } else if (star >= 0) {
      taken += 1;
      next = taken;
      at = star + 1;
    } else {
      return false;
    }
  }
  return glob.slice(at).every((letter) => letter === '*');
}

export function hasWildcard(text: string): boolean {
  return text.includes('*') || text.includes('?');
}
