import { ConfigError } from '../model/errors.ts';
import { quote } from './quote.ts';

/** A command line with places for an item, in order: text as it was typed, and places by where they stand. */
export type LineTemplate = readonly (string | { readonly place: Place })[];

/** Between quotes, the quotes are closed and opened again round the item. */
type Place = 'plain' | 'single' | 'double';

/**
 * Finds the `{}` of a command line for a POSIX shell (XCU 2.2 Quoting, 2.6 Word Expansions); without one the item becomes
 * the last word. Whatever an item holds, the shell gets exactly that, as a part of one word. Where no quoting can
 * promise that, as in a here-document or between backticks, or where shells differ in what they read, it throws
 * ConfigError.
 */
export function lineTemplate(line: string): LineTemplate {
  const template = new LineReader(line).read();
  if (template.some((part) => typeof part !== 'string')) return template;
  return [...template, ' ', { place: 'plain' }];
}

/** The command line for one item, which holds no NUL. */
export function fillLine(template: LineTemplate, item: string): string {
  const word = quote(item);
  return template
    .map((part) => {
      if (typeof part === 'string') return part;
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
  readonly #parts: (string | { readonly place: Place })[] = [];
  #at = 0;
  #done = 0;
  /** Why nothing can be said of what follows. */
  #unsure: string | null = null;

  constructor(line: string) {
    this.#line = line;
  }

  read(): LineTemplate {
    this.#plain(null);
    if (this.#unsure !== null && this.#parts.length === 0) throw noPlace(`behind ${this.#unsure}`);
    this.#parts.push(this.#line.slice(this.#done));
    return this.#parts;
  }

  /** Outside of quotes: to the end, or to the bracket that closes. */
  #plain(close: ')' | null): void {
    while (this.#at < this.#line.length) {
      if (this.#see('{}')) this.#place('plain');
      else if (this.#skip('\\')) this.#at += 1;
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
      if (this.#see('{}')) this.#place('single');
      else this.#step("'");
    }
  }

  /** Some shells take a backslash in it for one: they agree on its end where none stands before that. */
  #dollarSingle(): void {
    const from = this.#at;
    const end = this.#line.indexOf("'", from);
    if (end === -1) throw unclosed("$'");
    if (this.#line.slice(from, end).includes('{}')) throw noPlace("into $'...'");
    if (this.#line[end - 1] === '\\') this.#unsure ??= "a $'...' with \\'";
    this.#at = end + 1;
  }

  #double(): void {
    while (!this.#skip('"')) {
      if (this.#see('{}')) this.#place('double');
      else if (this.#skip('\\')) this.#at += 1;
      else if (this.#expansion()) continue;
      else this.#step('"');
    }
  }

  /** What begins with a dollar or a backtick, where it is more than the name of a variable. */
  #expansion(): boolean {
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
    if (this.#see('${}')) throw noPlace(`into ${what}`);
    this.#at += open.length;
    const opening = open.at(-1);
    let depth = open.endsWith('((') ? 2 : 1;
    while (depth > 0) {
      if (this.#see('{}')) throw noPlace(`into ${what}`);
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
    else if (this.#line.slice(this.#at, end).includes('{}')) throw noPlace('into a comment');
    else this.#at = end;
  }

  /** To the end of the line nothing is read any more, and no item can stand. */
  #rest(what: string): void {
    this.#unsure ??= what;
    if (this.#line.includes('{}', this.#at)) throw noPlace(`into ${what}`);
    this.#at = this.#line.length;
  }

  #place(place: Place): void {
    if (this.#unsure !== null) throw noPlace(`behind ${this.#unsure}`);
    const before = this.#line.slice(this.#done, this.#at);
    // bash evaluates what stands there, quoted or not.
    if (/\w\[[^\]\s]*$/u.test(before)) throw noPlace('into a subscript');
    this.#parts.push(before, { place });
    this.#at += 2;
    this.#done = this.#at;
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

function noPlace(where: string): ConfigError {
  return new ConfigError('usage', `an item cannot be put safely ${where}`, {
    hint: 'give it to a variable first, as in: x={}; ... "$x"',
  });
}

function unclosed(quoted: string): ConfigError {
  return new ConfigError('usage', `the command has a ${quoted} that is not closed`);
}
