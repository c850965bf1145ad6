import { nodeSetError, type Where } from './fault.ts';
import { parseName } from './parse-name.ts';
import type { Chain, Expression, Operator, Pattern, Step, Term } from './syntax.ts';

export interface ParseOptions {
  /** Where the text was written; begins every message. */
  readonly where: Where;
  /** Whether pdsh's items (`^FILE`, `-host`, `/regex/`) are taken: on the command line, never in a file. */
  readonly pdshItems: boolean;
}

/**
 * Parses a node set: ClusterShell's grammar (its manual page nodeset(1) and `NodeSet` class), with parentheses, and
 * pdsh's items (pdsh(1), option -w). Allocates in proportion to the text, whatever the ranges say.
 * Throws ConfigError `node-set`.
 */
export function parseNodeSet(text: string, options: ParseOptions): Expression {
  const parser = new Parser(text, options);
  const chain = parser.chain(0);
  const { drop, keepMatching, dropMatching } = parser;
  return { where: options.where, text, chain, drop, keepMatching, dropMatching };
}

class Parser {
  readonly drop: Term[] = [];
  readonly keepMatching: Pattern[] = [];
  readonly dropMatching: Pattern[] = [];
  readonly #text: string;
  readonly #options: ParseOptions;
  #at = 0;

  constructor(text: string, options: ParseOptions) {
    this.#text = text;
    this.#options = options;
  }

  /** Terms and operators up to the end, or up to the parenthesis that closes this depth. */
  chain(depth: number): Chain {
    if (depth > MAX_DEPTH) throw this.#error('(', 'has too many parentheses in one another');
    const steps: Step[] = [];
    let operator: Operator = ',';
    this.#skipBlanks();
    if (depth === 0 && this.#atEnd()) return steps;
    for (;;) {
      const start = this.#at;
      const term = this.#pdshItem(depth, operator) ?? this.#term(depth);
      if (term !== 'item') steps.push({ operator, term });
      this.#skipBlanks();
      const next = this.#text.charAt(this.#at);
      if (next === ')' && depth > 0) return steps;
      if (next === '') {
        if (depth > 0) throw this.#error(this.#text, 'has a parenthesis that is not closed');
        return steps;
      }
      if (!isOperator(next)) {
        throw this.#error(this.#text.slice(start, this.#at + 1), `has a ${next} where none can be`);
      }
      if (term === 'item' && next !== ',') {
        throw this.#error(this.#text.slice(start, this.#at + 1), 'can stand between commas only');
      }
      operator = next;
      this.#at += 1;
      this.#skipBlanks();
    }
  }

  #term(depth: number): Term {
    const start = this.#at;
    if (this.#text.charAt(start) === '(') {
      this.#at += 1;
      const chain = this.chain(depth + 1);
      this.#at += 1;
      return { kind: 'set', text: this.#text.slice(start, this.#at), chain };
    }
    const end = this.#nameEnd();
    const text = this.#text.slice(start, end).trim();
    if (text === '') {
      throw this.#error(
        this.#text,
        'has an operator, or a pair of parentheses, with nothing beside it',
      );
    }
    this.#at = end;
    return parseName(text, this.#options.where);
  }

  /** `-host`, `-^FILE`, `-/regex/`, `/regex/` are noted and told by 'item'; `^FILE` is a term; else null. */
  #pdshItem(depth: number, operator: Operator): Term | 'item' | null {
    if (depth > 0 || operator !== ',' || !this.#options.pdshItems) return null;
    const exclude = this.#text.charAt(this.#at) === '-';
    if (exclude) {
      this.#at += 1;
      if (/^\s*(?:,|$)/u.test(this.#text.slice(this.#at, this.#at + 2))) {
        throw nodeSetError(
          this.#options.where,
          '-',
          'names no host',
          'to read hosts from standard input, use --hosts-file -',
        );
      }
    }
    const first = this.#text.charAt(this.#at);
    if (first === '/') {
      (exclude ? this.dropMatching : this.keepMatching).push(this.#pattern());
      return 'item';
    }
    if (first !== '^' && !exclude) return null;
    const term = first === '^' ? this.#file() : this.#term(depth);
    if (!exclude) return term;
    this.drop.push(term);
    return 'item';
  }

  #file(): Term {
    const start = this.#at;
    const comma = this.#text.indexOf(',', start);
    this.#at = comma < 0 ? this.#text.length : comma;
    const text = this.#text.slice(start, this.#at).trim();
    const path = text.slice(1).trim();
    if (path === '') throw this.#error(text, 'names no file');
    return { kind: 'file', text, path };
  }

  #pattern(): Pattern {
    const start = this.#at;
    const match = /^\/((?:[^\\/]|\\.)+)\/(?=\s*(?:,|$))/u.exec(this.#text.slice(start));
    if (match === null)
      throw this.#error(this.#text.slice(start), 'has a regular expression without its end');
    this.#at += match[0].length;
    try {
      return { text: match[0], regex: new RegExp(match[1] ?? '', 'u') };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : '';
      throw this.#error(match[0], `is no regular expression: ${reason}`);
    }
  }

  /** Where the name that begins here ends: at an operator or parenthesis outside brackets. */
  #nameEnd(): number {
    let bracket = -1;
    for (let index = this.#at; index < this.#text.length; index += 1) {
      const character = this.#text.charAt(index);
      if (bracket >= 0) {
        if (character === '[')
          throw this.#error(
            this.#text.slice(this.#at, index + 1),
            'has a bracket within a bracket',
          );
        if (character === ']') bracket = -1;
      } else if (character === '[') bracket = index;
      else if (character === ']') {
        throw this.#error(
          this.#text.slice(this.#at, index + 1),
          'closes a bracket that is not open',
        );
      } else if (isOperator(character) || character === '(' || character === ')') return index;
    }
    if (bracket >= 0) {
      throw this.#error(this.#text.slice(this.#at), 'has a bracket that is not closed');
    }
    return this.#text.length;
  }

  #skipBlanks(): void {
    while (/\s/u.test(this.#text.charAt(this.#at))) this.#at += 1;
  }

  #atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  #error(term: string, problem: string): Error {
    return nodeSetError(this.#options.where, term, problem);
  }
}

function isOperator(text: string): text is Operator {
  return text === ',' || text === '!' || text === '&' || text === '^';
}

/** Far more than anybody writes, far less than the call stack holds. */
const MAX_DEPTH = 100;
