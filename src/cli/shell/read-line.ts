/** What a line typed into the shell asks for. */
export type ShellLine =
  | { readonly kind: 'nothing' }
  /** A command for all targets, and the shell waits for it. */
  | { readonly kind: 'command'; readonly command: string }
  /** The same with `&` at its end: a job of its own. */
  | { readonly kind: 'background'; readonly command: string }
  /** `:name rest`: for the shell itself. */
  | { readonly kind: 'colon'; readonly name: string; readonly rest: string };

export function readShellLine(typed: string): ShellLine {
  const line = typed.trim();
  if (line === '' || line.startsWith('#')) return { kind: 'nothing' };
  if (line.startsWith(':')) {
    const [, name = '', rest = ''] = /^:\s*(\S*)\s*([\s\S]*)$/u.exec(line) ?? [];
    return { kind: 'colon', name, rest };
  }
  if (!endsInBackground(line)) return { kind: 'command', command: line };
  const command = line.slice(0, -1).trimEnd();
  return command === '' ? { kind: 'nothing' } : { kind: 'background', command };
}

/**
 * Whether the last character is the shell's own `&`: not quoted, not escaped, and no part of `&&`, `>&` or `|&`
 * (POSIX.1-2017, Shell Command Language, 2.2 and 2.9.3).
 */
function endsInBackground(line: string): boolean {
  if (!line.endsWith('&') || /[&><|\\]&$/u.test(line)) return false;
  let quote: string | null = null;
  for (let index = 0; index < line.length - 1; index += 1) {
    const character = line[index] ?? '';
    if (quote === null && (character === "'" || character === '"')) quote = character;
    else if (character === quote) quote = null;
    else if (character === '\\' && quote !== "'") index += 1;
  }
  return quote === null;
}

/** The words of a colon command: apart at blanks, quotes taken away. */
export function wordsOf(rest: string): readonly string[] {
  const words: string[] = [];
  for (const [, double, single, plain] of rest.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/gu)) {
    words.push(double ?? single ?? plain ?? '');
  }
  return words;
}
