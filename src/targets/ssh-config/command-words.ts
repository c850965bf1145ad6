/** A command as an argument vector; `%` still begins a token. */
export interface CommandWords {
  readonly words: readonly string[];
}

/** What a command needs a shell for, as a phrase. */
export interface NeedsShell {
  readonly problem: string;
}

/**
 * Splits a command into words as a shell would (POSIX.1 section 2.2): quotes, backslashes, `~/` at the beginning of a word,
 * `$NAME` and `${NAME}`, which never become several words. A leading `exec` is dropped. Whatever else a shell would do is
 * told instead of done: there is no shell.
 */
export function splitCommand(
  text: string,
  home: string,
  env: Readonly<Record<string, string | undefined>>,
): CommandWords | NeedsShell {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    const blank = /^[ \t]+/u.exec(text.slice(at))?.[0].length ?? 0;
    at += blank;
    if (at >= text.length) break;
    let word = '';
    if (text[at] === '#') break;
    const tilde = /^~(?=\/|[ \t]|$)/u.exec(text.slice(at));
    if (tilde !== null) {
      word = literal(home);
      at += 1;
    }
    let quote = '';
    let isQuoted = false;
    for (; at < text.length; at += 1) {
      const character = text[at] ?? '';
      if (quote === "'") {
        if (character === "'") quote = '';
        else word += character;
      } else if (character === '\\') {
        const next = text[at + 1] ?? '';
        if (next === '') return { problem: 'a backslash at its end' };
        const isKept = quote === '"' && !/["\\$`]/u.test(next);
        word += isKept ? `\\${next}` : next;
        at += 1;
      } else if (character === '`') return { problem: 'a command substitution' };
      else if (character === '$') {
        const variable = VARIABLE.exec(text.slice(at));
        if (variable === null) {
          const next = text[at + 1] ?? '';
          const isShells = /[({]/u.test(next) || (quote === '' && /['"]/u.test(next));
          if (isShells) return { problem: `$${next}` };
          word += '$';
          continue;
        }
        word += literal(env[variable[1] ?? variable[2] ?? ''] ?? '');
        at += variable[0].length - 1;
      } else if (character === quote) quote = '';
      else if (quote === '"') word += character;
      else if (character === '"' || character === "'") {
        quote = character;
        isQuoted = true;
      } else if (character === ' ' || character === '\t') break;
      else if (SHELL_ONLY.test(character)) return { problem: NAMES[character] ?? character };
      else word += character;
    }
    if (quote !== '') return { problem: 'a quote that is not closed' };
    if (word !== '' || isQuoted) words.push(word);
  }
  const command = words[0] === 'exec' ? words.slice(1) : words;
  if (command.length === 0) return { problem: 'a program to run' };
  return /^[A-Za-z_]\w*=/u.test(command[0] ?? '')
    ? { problem: 'an assignment' }
    : { words: command };
}

/** What is put in is no token, whatever it holds. */
function literal(value: string): string {
  return value.replaceAll('%', '%%');
}

const VARIABLE = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/u;
const SHELL_ONLY = /[|&;<>()*?\n]/u;
const NAMES: Readonly<Record<string, string>> = {
  '|': 'a pipe (|)',
  '&': 'several commands (&)',
  ';': 'several commands (;)',
  '<': 'a redirection (<)',
  '>': 'a redirection (>)',
  '(': 'a subshell',
  ')': 'a subshell',
  '*': 'a pattern of file names (*)',
  '?': 'a pattern of file names (?)',
};
