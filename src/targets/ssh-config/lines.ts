/** A line of ssh_config, taken apart as OpenSSH does it (`strdelim` and `argv_split` in its misc.c). */
export interface Line {
  /** In lower case. */
  readonly keyword: string;
  /** All that follows the keyword, without blanks at either end. */
  readonly rest: string;
}

/** null: there is nothing on this line. */
export function splitLine(text: string): Line | null {
  let start = 0;
  let end = text.length;
  while (start < end && LEADING.has(text.charCodeAt(start))) start += 1;
  while (end > start && TRAILING.has(text.charCodeAt(end - 1))) end -= 1;
  if (start === end || text[start] === '#') return null;
  const line = text.slice(start, end);
  const [whole = '', quoted, plain] = KEYWORD.exec(line) ?? [];
  return {
    keyword: (quoted ?? plain ?? '').toLowerCase(),
    rest: line.slice(whole.length),
  };
}

/** The arguments, up to a comment; null: a quote is not closed. */
export function splitArguments(text: string): readonly string[] | null {
  if (PLAIN.test(text)) return [text];
  const found: string[] = [];
  let at = 0;
  for (;;) {
    while (isBlank(text[at])) at += 1;
    if (at >= text.length || text[at] === '#') return found;
    let word = '';
    let quote = '';
    for (; at < text.length; at += 1) {
      const character = text[at] ?? '';
      if (character === '\\' && isEscapable(text[at + 1], quote)) {
        at += 1;
        word += text[at] ?? '';
      } else if (quote === '' && isBlank(character)) break;
      else if (quote === '' && (character === '"' || character === "'")) quote = character;
      else if (character === quote) quote = '';
      else word += character;
    }
    if (quote !== '') return null;
    found.push(word);
  }
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

function isEscapable(character: string | undefined, quote: string): boolean {
  if (character === '"' || character === "'" || character === '\\') return true;
  return character === ' ' && quote === '';
}

/** A keyword, quoted or not, and what separates it from the rest: blanks, or one `=` with or without blanks. */
const KEYWORD = /^(?:"([^"]*)"[ \t\r]*|([^ \t\r"=]*)(?:[ \t\r]*=?[ \t\r]*))/u;
/** One word without anything special in it: most values by far. */
const PLAIN = /^[^\s"'\\#]+$/u;
/** Blank, tab, carriage return; at the end line feed and form feed, too. */
const LEADING: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d]);
const TRAILING: ReadonlySet<number> = new Set([...LEADING, 0x0a, 0x0c]);
