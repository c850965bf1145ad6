import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quote } from '../../src/work/quote.ts';
import { installed } from './rig.ts';

const SPECIAL = '\'"\\!$`#;&|<>(){}[]*?~^%=-+:, \t\n\r\u0001\u007F\u001B';
/** What shells trip over, more often than chance would bring it. */
const unsafe = fc.constantFrom(
  ...SPECIAL.split(''),
  "\\'",
  "'\\",
  '!!',
  '$(',
  'é',
  '\u{1F600}',
  '\u202E',
);
const word = fc.string({ unit: fc.oneof(unsafe, fc.string({ unit: 'binary', maxLength: 2 })) });
const words = fc.array(word.filter(isPossible), { minLength: 1, maxLength: 30 });

/** No NUL, and nothing that UTF-8 cannot say. */
function isPossible(text: string): boolean {
  return !text.includes('\0') && Buffer.from(text).toString() === text;
}

/** The words that a program is given by a shell that reads them from a command line. */
function readBack(shell: readonly string[], line: string): readonly string[] {
  const [file = '', ...args] = shell;
  const command = `/usr/bin/printf ${quote('%s\\0')} ${line}`;
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', LC_ALL: 'C.UTF-8' };
  const said = execFileSync(file, [...args, command], { encoding: 'utf8', env });
  return said.split('\0').slice(0, -1);
}

test.each(installed('sh', 'dash', 'bash', 'zsh', 'busybox sh', 'fish', 'csh'))(
  'a quoted word is read back by %s as it was',
  (name) => {
    const shell = [...name.split(' '), '-c'];
    // csh has no word with a line feed that others read alike.
    const possible =
      name === 'csh' ? words.map((all) => all.map((one) => one.replaceAll('\n', ''))) : words;
    fc.assert(
      fc.property(possible, (all) => {
        expect(readBack(shell, all.map(quote).join(' '))).toEqual(all);
      }),
      { numRuns: 12 },
    );
  },
);

test('a quoted word cannot hold NUL', () => {
  expect(() => quote('a\0b')).toThrow(RangeError);
});
