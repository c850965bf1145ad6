import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { readerInput } from '../../../src/work/wrap/reader.ts';

/** Login shells, as sshd calls them; and what /bin/sh may be. */
export const LOGIN_SHELLS: readonly string[] = [
  'sh',
  'dash',
  'bash',
  'zsh',
  'busybox sh',
  'fish',
  'csh',
  'tcsh',
];
export const POSIX_SHELLS: readonly string[] = [
  'dash',
  'bash --posix',
  'busybox sh',
  'zsh --emulate sh',
];

export interface Ran {
  readonly status: number | null;
  readonly signal: string | null;
  readonly output: string;
  readonly error: string;
}

/** What a login shell makes of a line of ours, as a host would run it. */
export function runThrough(
  login: string,
  line: string,
  input: readonly (string | Buffer)[],
  env: Readonly<Record<string, string>> = {},
): Ran {
  const [file = '', ...args] = login.split(' ');
  const done = spawnSync(file, [...args, '-c', line], {
    input: Buffer.concat(input.map((one) => Buffer.from(one))),
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', LC_ALL: 'C.UTF-8', ...env },
    timeout: 20_000,
  });
  return {
    status: done.status,
    signal: done.signal,
    output: done.stdout.toString('latin1'),
    error: done.stderr.toString(),
  };
}

/** What goes to the reader for a program, with the command's own input behind it. */
export function inputFor(program: string, rest = ''): readonly (string | Buffer)[] {
  return [readerInput(program), rest];
}

const SPECIAL = '\'"\\!$`#;&|<>(){}[]*?~^%=-+:, \t\n\r\u0001\u007F\u001B';
const unsafe = fc.constantFrom(
  ...SPECIAL.split(''),
  "\\'",
  "'\\",
  '!!',
  '$(',
  '-e',
  'é',
  '\u{1F600}',
  '\u202E',
  '\n\n',
);

/** Text for a word: what shells trip over, more often than chance would bring it; no NUL, and valid UTF-8. */
export const nastyText: fc.Arbitrary<string> = fc
  .string({ unit: fc.oneof(unsafe, fc.string({ unit: 'binary', maxLength: 2 })) })
  .filter((text) => !text.includes('\0') && Buffer.from(text).toString() === text);
