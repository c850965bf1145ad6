import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { musterProgram } from '../setup/build.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder('completion');
  symlinkSync(musterProgram(), join(folder, 'muster'));
  writeFileSync(
    join(folder, 'hosts.yaml'),
    'groups:\n  web: { hosts: "web[1-3]" }\n  db: { hosts: [db1] }\n',
    { mode: 0o600 },
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What each shell makes of a line that ends where the cursor is: the words it would offer. */
const SHELLS: Readonly<Record<string, (words: readonly string[]) => readonly string[]>> = {
  bash: (words) => [
    '--noprofile',
    '--norc',
    '-c',
    `eval "$(muster completion bash)"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _muster
     printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash',
    ...words,
  ],
  // Its completion system needs a line editor: here the one call it would make is caught.
  zsh: (words) => [
    '-fc',
    `compdef() { :; }; eval "$(muster completion zsh)"; _files() { print -l hos*(N) }
     compadd() { print -l -- "\${found[@]}" }; words=("$@"); CURRENT=$#; _muster`,
    'zsh',
    ...words,
  ],
  fish: (words) => [
    '--no-config',
    '-c',
    `muster completion fish | source; complete -C ${JSON.stringify(words.join(' '))}`,
  ],
};

describe.each(Object.keys(SHELLS))('completion in %s', (shell) => {
  test.each([
    ['a verb', ['muster', 'sus'], ['suspend']],
    ['an option', ['muster', 'run', '--exclude-'], ['--exclude-group']],
    ['a choice', ['muster', 'run', '-O', 'jsonl'], ['jsonl']],
    ['a group', ['muster', 'run', '-g', 'd'], ['db']],
    ['hosts', ['muster', 'run', '-w', 'web'], ['web1', 'web2', 'web3']],
    ['a group in a node set', ['muster', 'run', '-w', '@w'], ['@web']],
    ['a file', ['muster', 'run', '-i', 'hos'], ['hosts.yaml']],
  ])('offers %s', (_what, words, expected) => {
    expect(offered(shell, words)).toEqual(expected);
  });
});

test('a shell that has no script is a mistake', () => {
  expect(() => run('muster', ['completion', 'tcsh'])).toThrow(/bash\|zsh\|fish/u);
});

function offered(shell: string, words: readonly string[]): readonly string[] {
  const lines = run(shell, SHELLS[shell]?.(words) ?? []).split('\n');
  return lines.map((line) => line.split('\t')[0] ?? '').filter((line) => line !== '');
}

function run(program: string, args: readonly string[]): string {
  return execFileSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`,
      HOME: folder,
      XDG_RUNTIME_DIR: folder,
      LANG: 'C.UTF-8',
    },
  });
}
