import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { errorCode } from '../../base/system-error.ts';
import { ConfigError } from '../../model/errors.ts';
import type { WorkSpec } from '../../model/ports/work.ts';

/** A program to be run on this machine, in a given folder and with a given environment and no other. */
export interface LocalSpec extends WorkSpec {
  readonly kind: 'local';
  /** The program and its arguments, one word each: no shell sees them. */
  readonly argv: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** As it was typed, for people to read. */
  readonly command: string;
  /** Lines of its output like `::warning::text` are records of that stream. */
  readonly markers: boolean;
  /** Lines of its output that hold a JSON object are structured records. */
  readonly records: boolean;
}

export interface LocalOptions {
  /** Absolute. */
  readonly cwd: string;
  /** The whole environment; what is undefined is left out. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Lines like `::warning::text` become records of that stream. Default false. */
  readonly markers?: boolean;
  /** Lines that hold a JSON object become structured records. Default false. */
  readonly records?: boolean;
}

/**
 * As tmux(1) has it for new-window: several words are a program and its arguments, run directly; one word that holds
 * white space or shell syntax is a command line for /bin/sh; one plain word is a program.
 */
export function localSpec(words: readonly string[], options: LocalOptions): LocalSpec {
  return {
    kind: 'local',
    argv: argumentVector(words),
    cwd: options.cwd,
    env: givenOf(options.env),
    command: words.join(' '),
    markers: options.markers ?? false,
    records: options.records ?? false,
  };
}

/** Throws ConfigError, before there is any job, where the program cannot be named or the folder is none. */
export function parseLocal(spec: WorkSpec): LocalSpec {
  const { argv, cwd, env, command } = spec;
  if (!isTextList(argv)) throw new ConfigError('usage', 'a local command is a list of words');
  const [program] = argv;
  const isShell = argv.length === 3 && shellWordAt(argv) === 2;
  if (program === undefined || (isShell ? argv[2] : program)?.trim() === '') {
    throw new ConfigError('usage', 'the command is empty');
  }
  if (argv.some(hasNul)) throw new ConfigError('usage', 'the command holds a NUL character');
  return {
    kind: 'local',
    argv,
    cwd: folder(cwd),
    env: environment(env),
    command: typeof command === 'string' ? command : argv.join(' '),
    markers: isOn(spec, 'markers'),
    records: isOn(spec, 'records'),
  };
}

/** Where in a call of a shell (`sh -c CODE`, `bash -ec CODE ARG...`) the word is that the shell reads; else -1. */
export function shellWordAt([program = '', flags = '']: readonly string[]): number {
  return SHELL.test(program) && /^-[a-z]*c$/u.test(flags) ? 2 : -1;
}

function argumentVector(words: readonly string[]): readonly string[] {
  const [only, ...rest] = words;
  if (only === undefined || rest.length > 0) return words;
  // A place holder is no syntax: the item that takes its place is one word, whatever it holds.
  return SYNTAX.test(only.replaceAll('{}', '')) ? ['/bin/sh', '-c', only] : words;
}

function isOn(spec: WorkSpec, name: 'markers' | 'records'): boolean {
  const value = spec[name] ?? false;
  if (typeof value === 'boolean') return value;
  throw new ConfigError('usage', `${name} of a command is true or false`);
}

function folder(cwd: unknown): string {
  if (typeof cwd !== 'string' || cwd.trim() === '') {
    throw new ConfigError('usage', 'the working directory is empty');
  }
  if (hasNul(cwd)) throw new ConfigError('usage', 'the working directory holds a NUL character');
  if (!isAbsolute(cwd)) {
    throw new ConfigError('usage', `the working directory ${cwd} is not absolute`);
  }
  try {
    if (statSync(cwd).isDirectory()) return cwd;
  } catch (error) {
    const code = errorCode(error) ?? String(error);
    const why = code === 'ENOENT' ? 'there is no such directory' : code;
    throw new ConfigError('usage', `cannot work in ${cwd}: ${why}`, { cause: error });
  }
  throw new ConfigError('usage', `cannot work in ${cwd}: it is not a directory`);
}

function environment(env: unknown): Readonly<Record<string, string>> {
  if (typeof env !== 'object' || env === null || Array.isArray(env)) {
    throw new ConfigError('usage', 'the environment is a list of names and values');
  }
  const entries: (readonly [string, string])[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (name === '' || name.includes('=') || typeof value !== 'string') {
      throw new ConfigError('usage', `the environment has no text for ${JSON.stringify(name)}`);
    }
    if (hasNul(name) || hasNul(value)) {
      throw new ConfigError('usage', 'the environment holds a NUL character');
    }
    entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}

function givenOf(env: LocalOptions['env']): Readonly<Record<string, string>> {
  const entries = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function hasNul(text: string): boolean {
  return text.includes('\0');
}

/** What makes a command line of a word: white space, and what the shell would not take as it is (POSIX, 2.2 Quoting). */
const SYNTAX = /[\s|&;<>()$`\\"'*?[\]#~!{}]/u;
const SHELL = /^(?:.*\/)?(?:sh|dash|ash|bash|ksh|mksh|zsh)$/u;
