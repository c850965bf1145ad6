/** A part of the file that is a YAML document of its own. */
export interface Piece {
  readonly text: string;
  /** The line in the file, from 1, of an offset in this part's text. */
  readonly line: (offset: number) => number;
  /** The keys under which it stands. */
  readonly path: readonly string[];
}

export interface Pieces {
  /** The file, or all of it but the entries below `hosts:`. */
  readonly main: Piece;
  /** The entries below `hosts:`, tens of thousands at a time. */
  readonly hosts: readonly Piece[];
}

/**
 * Cuts a large file into pieces that are parsed one after another, for a parser's events take ten times the memory of
 * the text: 100,000 hosts at once took 360 MB. Only the entries of a block below `hosts:` are cut, where a new entry
 * is sure to begin, and only where no anchor could reach from one piece into another; any other file stays whole.
 */
export function cutFile(text: string): Pieces {
  const whole = {
    main: { text, line: (offset: number) => lineAt(text, offset), path: [] },
    hosts: [],
  };
  if (text.length < PIECE || text.includes('&')) return whole;
  const section = hostsSection(text);
  if (section === null) return whole;
  const { start, end } = section;
  const main: Piece = {
    text: text.slice(0, start) + text.slice(end),
    line: (offset) => lineAt(text, offset < start ? offset : offset + end - start),
    path: [],
  };
  const hosts: Piece[] = [];
  for (let from = start; from < end;) {
    const to = nextEntry(text, from + PIECE, section) ?? end;
    const begin = from;
    hosts.push({
      text: ownCopy(text.slice(from, to)),
      line: (offset) => lineAt(text, offset + begin),
      path: ['hosts'],
    });
    from = to;
  }
  return { main, hosts };
}

export function lineAt(text: string, offset: number): number {
  let line = 1;
  let at = text.indexOf('\n');
  while (at >= 0 && at < offset) {
    line += 1;
    at = text.indexOf('\n', at + 1);
  }
  return line;
}

/** A text of its own: V8 keeps a slice as a view, which is slower to read, and holds on to the whole file. */
function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}

interface Section {
  readonly start: number;
  readonly end: number;
  /** Blanks before each entry. */
  readonly indent: number;
  /** Whether the entries are those of a list. */
  readonly list: boolean;
}

/** Where the entries below `hosts:` stand; null where that is not plain to see. */
function hostsSection(text: string): Section | null {
  const header = /^hosts:[ \t]*(?:#.*)?\r?\n/mu.exec(text);
  if (header === null) return null;
  const start = header.index + header[0].length;
  let indent: number | null = null;
  let list = false;
  let at = start;
  while (at < text.length) {
    const end = text.indexOf('\n', at) + 1 || text.length;
    const blanks = leadingBlanks(text, at);
    const first = text.charAt(at + blanks);
    if (first !== '' && first !== '\n' && first !== '\r' && first !== '#') {
      if (indent === null) {
        if (blanks === 0 || !isEntry(text, at + blanks)) return null;
        indent = blanks;
        list = first === '-';
      } else if (blanks === 0) break;
      else if (blanks < indent || first === '\t') return null;
    }
    at = end;
  }
  // Marks of documents and directives, which belong at the top of a file.
  if (/^(?:---|\.\.\.|%)/mu.test(text.slice(start))) return null;
  return indent === null ? null : { start, end: at, indent, list };
}

/** The first entry that begins at or behind this offset. */
function nextEntry(text: string, offset: number, section: Section): number | null {
  for (let at = text.indexOf('\n', offset) + 1; at > 0; at = text.indexOf('\n', at) + 1) {
    if (at >= section.end) return null;
    const first = at + leadingBlanks(text, at);
    const isList = text.charAt(first) === '-';
    if (first - at === section.indent && isList === section.list && isEntry(text, first)) return at;
  }
  return null;
}

/** Whether what begins here is a name with its colon, or an item of a list: nothing that goes on from a line above. */
function isEntry(text: string, at: number): boolean {
  ENTRY.lastIndex = at;
  return ENTRY.test(text);
}

function leadingBlanks(text: string, at: number): number {
  let end = at;
  while (text.charAt(end) === ' ') end += 1;
  return end - at;
}

const ENTRY = /(?:- +)?(?:[\w.-]+|"[^"\\\n]*"|'[^'\n]*') *(?::[ \r\n]|\r?\n)/uy;
/**
 * Not smaller: V8 forgets what it learned about a parser between one parse and the next, so that many small pieces
 * take three times as long as one.
 */
const PIECE = 1024 * 1024;
