import { nearMiss } from '../targets/near-miss.ts';
import { ALL_OPTIONS } from './options/table.ts';
import type { OptionSpec } from './options/spec.ts';
import { usageError } from './usage-error.ts';

/** Arguments taken apart. */
export interface Lexed {
  /** Each option as `--name` or `--name=value`: nothing is left to guess for the parser that reads them. */
  readonly options: readonly string[];
  /** What is no option: the command's words, or names. */
  readonly words: readonly string[];
}

/** Where options end: at the first word, as with ssh, pdsh and clush; or only at `--`, with one word before it at most, or any. */
export type OptionsEnd = 'first-word' | 'dashes-after-one' | 'dashes';

/**
 * Tells options from words as getopt does (POSIX.1-2017, XBD 12.2): letters may be put together (`-ab`), a value may
 * follow its letter (`-wweb1`, `-f64`), and `--` ends the options. Unlike getopt, an option's value does not begin with
 * a dash unless it is written `-w=-web3`: `-w -f 3` is a forgotten value.
 */
export function lex(
  args: readonly string[],
  specs: readonly OptionSpec[],
  end: OptionsEnd,
  verb: string,
): Lexed {
  const options: string[] = [];
  const words: string[] = [];
  const queue = [...args];
  for (;;) {
    const arg = queue.shift();
    if (arg === undefined) return { options, words };
    if (arg === '--') return { options, words: [...words, ...queue] };
    if (arg.startsWith('--')) options.push(longOption(arg, queue, specs, verb));
    else if (arg.startsWith('-') && arg !== '-') {
      options.push(...shortOptions(arg, queue, specs, verb));
    } else if (end === 'first-word') return { options, words: bareCommand([arg, ...queue]) };
    else if (end === 'dashes' || words.length === 0) words.push(arg);
    else throw furtherWord(arg, verb);
  }
}

/** A command without `--` before it. With a `--` inside it is not clear where it begins, and guessing could run half of it. */
function bareCommand(words: readonly string[]): readonly string[] {
  if (words.includes('--')) {
    throw usageError(
      `"${words[0] ?? ''}" stands before --, where only options belong`,
      'hosts are named with -w; the whole command comes after --',
    );
  }
  return words;
}

function furtherWord(word: string, verb: string): Error {
  return usageError(
    `"${word}" stands before --, and only what is behind it is handed on`,
    `muster ${verb} --help shows the order`,
  );
}

function longOption(
  arg: string,
  queue: string[],
  specs: readonly OptionSpec[],
  verb: string,
): string {
  const equals = arg.indexOf('=');
  const name = equals === -1 ? arg.slice(2) : arg.slice(2, equals);
  const spec = specs.find((option) => option.name === name);
  if (spec === undefined) throw unknownOption(`--${name}`, specs, verb);
  if (takesValue(spec)) {
    return `--${name}=${equals === -1 ? nextValue(spec, `--${name}`, queue) : arg.slice(equals + 1)}`;
  }
  if (equals !== -1) throw usageError(`--${name} takes no value`);
  return `--${name}`;
}

function shortOptions(
  arg: string,
  queue: string[],
  specs: readonly OptionSpec[],
  verb: string,
): readonly string[] {
  const found: string[] = [];
  for (let index = 1; index < arg.length; index += 1) {
    const letter = String.fromCodePoint(arg.codePointAt(index) ?? 0);
    const spec = specs.find((option) => option.short === letter);
    if (spec === undefined) throw unknownOption(`-${letter}`, specs, verb);
    if (takesValue(spec)) {
      const glued = arg.slice(index + 1);
      const value = glued === '' ? nextValue(spec, `-${letter}`, queue) : glued.replace(/^=/u, '');
      return [...found, `--${spec.name}=${value}`];
    }
    if (arg[index + 1] === '=') throw usageError(`-${letter} takes no value`);
    found.push(`--${spec.name}`);
  }
  return found;
}

function nextValue(spec: OptionSpec, typed: string, queue: string[]): string {
  const next = queue[0];
  const looksLikeOption = next !== undefined && /^-(?!$)/u.test(next);
  // A negative number is no option: its range is checked where all numbers are.
  const negative = spec.number !== undefined && next !== undefined && /^-[\d.]/u.test(next);
  if (next === undefined || (looksLikeOption && !negative)) {
    throw usageError(
      `${typed} needs a value: ${typed} ${spec.value ?? 'VALUE'}`,
      looksLikeOption && next !== '--' ? `a value that begins with a dash: ${typed}=${next}` : null,
    );
  }
  queue.shift();
  return next;
}

function takesValue(spec: OptionSpec): boolean {
  return spec.takes !== 'flag' && spec.takes !== 'count';
}

function unknownOption(typed: string, specs: readonly OptionSpec[], verb: string): Error {
  const near = typed.startsWith('--')
    ? nearMiss(typed.slice(2), ['help', 'version', ...specs.map((option) => option.name)])
    : null;
  const other = ALL_OPTIONS.find(({ name }) => typed === `--${name}`);
  if (other !== undefined) {
    const verbs = `${other.verbs.slice(0, -1).join(', ')} and ${other.verbs.at(-1) ?? ''}`;
    const whose = other.verbs.length === 1 ? other.verbs.join('') : verbs;
    return usageError(`${verb} takes no option ${typed}`, `it is for ${whose}`);
  }
  return usageError(
    `unknown option ${typed}`,
    near === null ? `muster ${verb} --help lists the options` : `did you mean --${near}?`,
  );
}
