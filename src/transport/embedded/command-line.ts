/** One command of a line: its words, when it is run, and where its output goes. */
export interface Step {
  readonly words: readonly string[];
  /** `;`, `&&` and `||` of the line: what the command before it must have done. */
  readonly after: 'anything' | 'success' | 'failure';
  /** `>&2` stood in it: its output goes to stderr. */
  readonly toError: boolean;
}

export type ParsedLine =
  | { readonly ok: true; readonly steps: readonly Step[] }
  | { readonly ok: false; readonly message: string };

/**
 * The part of a shell's grammar (POSIX.1-2017, XCU chapter 2) that an embedded host understands: words, quotes,
 * backslash, `;`, `&&`, `||`, newline and `>&2`. Everything else that would mean something to a shell is named and
 * refused, so that no line does something other than what it says.
 */
export function parseCommandLine(line: string): ParsedLine {
  const steps: Step[] = [];
  let words: string[] = [];
  let after: Step['after'] = 'anything';
  let toError = false;

  for (const token of tokens(line)) {
    switch (token.kind) {
      case 'word':
        words.push(token.text);
        break;
      case 'to-error':
        toError = true;
        break;
      case 'refused':
        return { ok: false, message: token.text };
      case 'separator':
        if (words.length === 0 && token.after !== 'anything') {
          return { ok: false, message: 'a command is missing before && or ||' };
        }
        if (words.length > 0) steps.push({ words, after, toError });
        [words, after, toError] = [[], token.after, false];
        break;
    }
  }
  if (words.length > 0) steps.push({ words, after, toError });
  else if (after !== 'anything') {
    return { ok: false, message: 'a command is missing after && or ||' };
  }
  return { ok: true, steps };
}

type Token =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'separator'; readonly after: Step['after'] }
  | { readonly kind: 'to-error' }
  | { readonly kind: 'refused'; readonly text: string };

function* tokens(line: string): Generator<Token> {
  let at = 0;
  while (at < line.length) {
    const rest = line.slice(at);
    const operator = OPERATORS.find(([text]) => rest.startsWith(text));
    const blank = /^[ \t]+/u.exec(rest)?.[0];
    if (blank !== undefined) {
      at += blank.length;
    } else if (operator !== undefined) {
      at += operator[0].length;
      yield operator[1];
    } else {
      const word = readWord(rest);
      if ('refused' in word) {
        yield { kind: 'refused', text: word.refused };
        return;
      }
      at += word.length;
      yield { kind: 'word', text: word.text };
    }
  }
}

type Word = { readonly text: string; readonly length: number } | { readonly refused: string };

function readWord(rest: string): Word {
  let text = '';
  let at = 0;
  while (at < rest.length) {
    const piece = PIECE.exec(rest.slice(at));
    if (piece === null) break;
    const [all, plain, single, double, escaped] = piece;
    text += plain ?? single ?? double?.replaceAll(/\\(["\\$`])/gu, '$1') ?? escaped ?? '';
    at += all.length;
  }
  const next = rest.charAt(at);
  if (next === '"' || next === "'") {
    return { refused: `this host cannot read the line from ${next} on` };
  }
  if (at === 0 || SPECIAL.test(next)) {
    return { refused: `this host runs no shell: ${next} is not understood` };
  }
  return { text, length: at };
}

const OPERATORS: readonly (readonly [string, Token])[] = [
  ['&&', { kind: 'separator', after: 'success' }],
  ['||', { kind: 'separator', after: 'failure' }],
  [';', { kind: 'separator', after: 'anything' }],
  ['\n', { kind: 'separator', after: 'anything' }],
  ['1>&2', { kind: 'to-error' }],
  ['>&2', { kind: 'to-error' }],
];

// Plain characters; 'single quoted'; "double quoted" without expansions; a character after a backslash.
const PIECE = /^(?:([^\s'"\\;&|<>()$`*?[\]{}#!]+)|'([^']*)'|"((?:[^"\\$`]|\\.)*)"|\\(.))/su;
/** Would mean something to a shell, and do not end a word here. */
const SPECIAL = /^[<>()$`*?[\]{}#!\\]/u;
