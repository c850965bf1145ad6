/** Whether a path has places that stand for whatever is there (glob(7)). */
export function isPattern(text: string): boolean {
  return /[*?[]/u.test(text.replaceAll(/\\./gsu, ''));
}

/** A name without the backslashes that kept its characters from meaning more. */
export function literal(text: string): string {
  return text.replaceAll(/\\(.)/gsu, '$1');
}

/**
 * One name's pattern as a test: `*` any characters, `?` one, `[...]` one of these, `[!...]` none of these. A name that
 * begins with a dot is only meant by a pattern that does.
 */
export function matcher(pattern: string): (name: string) => boolean {
  const tokens = tokensOf(Array.from(pattern));
  const meansHidden = pattern.startsWith('.') || pattern.startsWith('\\.');
  return (name) => (meansHidden || !name.startsWith('.')) && matches(tokens, Array.from(name));
}

/** null: any number of any characters. */
type Token = ((character: string) => boolean) | null;

function tokensOf(pattern: readonly string[]): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] ?? '';
    if (character === '*') {
      if (tokens.at(-1) !== null) tokens.push(null);
    } else if (character === '?') {
      tokens.push(() => true);
    } else if (character === '[') {
      const end = endOfSet(pattern, at);
      if (end === null) tokens.push(is('['));
      else {
        tokens.push(setOf(pattern.slice(at + 1, end)));
        at = end;
      }
    } else {
      if (character === '\\' && at + 1 < pattern.length) at += 1;
      tokens.push(is(pattern[at] ?? ''));
    }
  }
  return tokens;
}

function is(wanted: string): Token {
  return (character) => character === wanted;
}

/** A bracket that is first in a set, or first behind its `!`, belongs to it. */
function endOfSet(pattern: readonly string[], start: number): number | null {
  const first = pattern[start + 1] === '!' || pattern[start + 1] === '^' ? start + 2 : start + 1;
  const end = pattern.indexOf(']', first + 1);
  return end === -1 ? null : end;
}

function setOf(text: readonly string[]): Token {
  const isNegated = text[0] === '!' || text[0] === '^';
  const members = isNegated ? text.slice(1) : text;
  const ranges: (readonly [string, string])[] = [];
  for (let at = 0; at < members.length; at += 1) {
    const from = members[at] ?? '';
    const to = members[at + 1] === '-' ? members[at + 2] : undefined;
    ranges.push([from, to ?? from]);
    if (to !== undefined) at += 2;
  }
  return (character) =>
    ranges.some(([from, to]) => from <= character && character <= to) !== isNegated;
}

/** Goes back to the last star only: no name and no pattern make it slow. */
function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length) {
    const test = tokens[token];
    if (test !== undefined && test !== null && test(name[at] ?? '')) {
      token += 1;
      at += 1;
    } else if (test === null) {
      star = token;
      resume = at;
      token += 1;
    } else if (star !== -1) {
      resume += 1;
      at = resume;
      token = star + 1;
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest === null);
}
