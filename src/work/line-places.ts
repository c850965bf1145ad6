import { ConfigError } from '../model/errors.ts';
import { quote } from './quote.ts';

/** A command line with a mark wherever a word is to be put; `names` say which, in order. */
export interface MarkedLine {
  readonly line: string;
  readonly mark: '{}' | '\0';
  readonly names: readonly string[];
}

/** The line in its parts: text as it was typed, and places by where they stand. */
export interface LinePlaces {
  readonly parts: readonly (string | LinePlace)[];
  /** Why nothing can be put behind all this; null: it can. */
  readonly unsure: string | null;
}

export interface LinePlace {
  readonly place: Place;
  readonly name: string;
}

/** Between quotes, the quotes are closed and opened again round the word. */
type Place = 'plain' | 'single' | 'double';

/**
 * Finds the places in a command line for a POSIX shell (XCU 2.2 Quoting, 2.6 Word Expansions). Whatever is put there, the
 * shell gets exactly that, as a part of one word. Where no quoting can promise that, as in a here-document or between
 * backticks, or where shells differ in what they read, it throws ConfigError.
 */
export function linePlaces(line: MarkedLine): LinePlaces {
  return new LineReader(line).read();
}

/** The command line with a text at each place; throws RangeError for one that holds NUL. */
export function fillPlaces(parts: LinePlaces['parts'], textOf: (name: string) => string): string {
  return parts
    .map((part) => {
      if (typeof part === 'string') return part;
      const word = quote(textOf(part.name));
      switch (part.place) {
        case 'plain':
          return word;
        case 'single':
          return `'${word}'`;
        case 'double':
          return `"${word}"`;
      }
    })
    .join('');
}

/** Reads a command line from its begin to its end; `#done` is how much of it has gone into parts. */
class LineReader {
  readonly #line: string;
  readonly #mark: string;
  readonly #names: readonly string[];
  readonly #parts: (string | LinePlace)[] = [];
  #at = 0;
  #done = 0;
  /** Why nothing can be said of what follows. */
  #unsure: string | null = null;

  constructor({ line, mark, names }: MarkedLine) {
    this.#line = line;
    this.#mark = mark;
    this.#names = names;
  }

  read(): LinePlaces {
    this.#plain(null);
    this.#parts.push(this.#line.slice(this.#done));
    return { parts: this.#parts, unsure: this.#unsure };
  }

  /** Outside of quotes: to the end, or to the bracket that closes. */
  #plain(close: ')' | null): void {
    while (this.#at < this.#line.length) {
      if (this.#see(this.#mark)) this.#place('plain');
      else if (this.#skip('\\')) this.#escaped();
      else if (this.#skip("$'")) this.#dollarSingle();
      else if (this.#skip("'")) this.#single();
      else if (this.#skip('"')) this.#double();
      else if (this.#expansion()) continue;
      else if (this.#see('((')) this.#closed('((', ')', '((...))');
      else if (this.#see('<<<')) this.#at += 3;
      else if (this.#see('<<')) this.#rest('a here-document');
      else if (this.#see('#') && this.#isAtWord()) this.#comment();
      else if (this.#skip('(')) this.#plain(')');
      else if (close !== null && this.#skip(close)) return;
      else this.#at += 1;
    }
  }

  #single(): void {
    while (!this.#skip("'")) {
      if (this.#see(this.#mark)) this.#place('single');
      else this.#step("'");
    }
  }

  /** Some shells take a backslash in it for one: they agree on its end where none stands before that. */
  #dollarSingle(): void {
    const from = this.#at;
    const end = this.#line.indexOf("'", from);
    if (end === -1) throw unclosed("$'");
    this.#refuseUpTo(end, "into $'...'");
    if (this.#line[end - 1] === '\\') this.#unsure ??= "a $'...' with \\'";
    this.#at = end + 1;
  }

  #double(): void {
    while (!this.#skip('"')) {
      if (this.#see(this.#mark)) this.#place('double');
      else if (this.#skip('\\')) this.#escaped();
      else if (this.#expansion()) continue;
      else this.#step('"');
    }
  }

  /** What begins with a dollar or a backtick, where it is more than the name of a variable. */
  #expansion(): boolean {
    // A word in quotes behind a dollar is read as one that has escapes, or is translated.
    if (this.#see(`$${this.#mark}`)) {
      throw this.#noPlace(this.#mark === '{}' ? 'into ${...}' : 'behind a dollar');
    }
    if (this.#see('`')) this.#closed('`', '`', 'backticks');
    else if (this.#see('$((')) this.#closed('$((', ')', '$((...))');
    else if (this.#see('$[')) this.#closed('$[', ']', '$[...]');
    else if (this.#see('${')) this.#closed('${', '}', '${...}');
    else if (this.#skip('$(')) {
      // A pattern of it ends in a bracket that closes nothing.
      if (/\bcase\b/u.test(this.#line.slice(this.#at))) this.#unsure ??= 'a case in $(...)';
      this.#plain(')');
    } else return false;
    return true;
  }

  /** No item can stand in here; one can behind it, where it is clear where it ends. */
  #closed(open: string, close: string, what: string): void {
    const from = this.#at;
    this.#at += open.length;
    const opening = open.at(-1);
    let depth = open.endsWith('((') ? 2 : 1;
    while (depth > 0) {
      if (this.#see(this.#mark)) throw this.#noPlace(`into ${what}`);
      if (this.#at >= this.#line.length) throw unclosed(open);
      const next = this.#line[this.#at];
      if (next === '\\') this.#at += 1;
      else if (next === close) depth -= 1;
      else if (next === opening) depth += 1;
      this.#at += 1;
    }
    // Whether a quote in there is one depends on the shell, and on what is round it. Backticks end at the next one.
    if (open !== '`' && /['"`]/u.test(this.#line.slice(from + open.length, this.#at - 1))) {
      this.#unsure ??= `quotes in ${what}`;
    }
  }

  #comment(): void {
    const end = this.#line.indexOf('\n', this.#at);
    if (end === -1) this.#rest('a comment');
    else {
      this.#refuseUpTo(end, 'into a comment');
      this.#at = end;
    }
  }

  /** To the end of the line nothing is read any more, and no item can stand. */
  #rest(what: string): void {
    this.#unsure ??= what;
    this.#refuseUpTo(this.#line.length, `into ${what}`);
    this.#at = this.#line.length;
  }

  #place(place: Place): void {
    if (this.#unsure !== null) throw this.#noPlace(`behind ${this.#unsure}`);
    const before = this.#line.slice(this.#done, this.#at);
    // bash evaluates what stands there, quoted or not.
    if (/\w\[[^\]\s]*$/u.test(before)) throw this.#noPlace('into a subscript');
    // fish has escapes in single quotes, too.
    if (place === 'single' && before.endsWith('\\')) throw this.#noPlace('behind a backslash');
    this.#parts.push(before, { place, name: this.#name() });
    this.#at += this.#mark.length;
    this.#done = this.#at;
  }

  /** What a backslash takes its meaning from; a mark of one character cannot be that. */
  #escaped(): void {
    if (this.#mark.length === 1 && this.#see(this.#mark)) {
      throw this.#noPlace('behind a backslash');
    }
    this.#at += 1;
  }

  #refuseUpTo(end: number, where: string): void {
    const at = this.#line.indexOf(this.#mark, this.#at);
    if (at !== -1 && at < end) throw this.#noPlace(where, at);
  }

  #name(at = this.#at): string {
    const before = this.#line.slice(0, at).split(this.#mark).length - 1;
    return this.#names[before] ?? '';
  }

  #noPlace(where: string, at = this.#at): ConfigError {
    return noPlace(this.#name(at), where);
  }

  #see(text: string): boolean {
    return this.#line.startsWith(text, this.#at);
  }

  #skip(text: string): boolean {
    if (!this.#see(text)) return false;
    this.#at += text.length;
    return true;
  }

  #step(quoted: string): void {
    if (this.#at >= this.#line.length) throw unclosed(quoted);
    this.#at += 1;
  }

  #isAtWord(): boolean {
    return this.#at === 0 || /[\s;&|()<>]/u.test(this.#line[this.#at - 1] ?? '');
  }
}

/** `name` as a template has it; empty: the item. */
export function noPlace(name: string, where: string): ConfigError {
  const what = name === '' ? 'an item' : `{${name}}`;
  return new ConfigError('usage', `${what} cannot be put safely ${where}`, {
    hint: `give it to a variable first, as in: x={${name}}; ... "$x"`,
  });
}

function unclosed(quoted: string): ConfigError {
  return new ConfigError('usage', `the command has a ${quoted} that is not closed`);
}
