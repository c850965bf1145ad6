import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/model/errors.ts';
import { fillLine, lineTemplate } from '../../src/work/each-line.ts';
import { installed } from './rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'each-'));
afterAll(() => rmSync(folder, { recursive: true }));

function filled(line: string, item: string): string {
  return fillLine(lineTemplate(line), item);
}

describe('an item in a command line', () => {
  test.each([
    ['echo {}', "echo 'a b'"],
    ['echo', "echo 'a b'"],
    ['{} {}', "'a b' 'a b'"],
    ['echo x{}y', "echo x'a b'y"],
    ["echo '<{}>'", "echo '<''a b''>'"],
    ['echo "<{}>"', `echo "<"'a b'">"`],
    ['echo "$(date) {}"', `echo "$(date) "'a b'""`],
    ['echo "$(printf %s {})"', `echo "$(printf %s 'a b')"`],
    ['echo \\{}', "echo \\{} 'a b'"],
    ["echo 'it'\\''s' {}", "echo 'it'\\''s' 'a b'"],
    ['echo `date` {}', "echo `date` 'a b'"],
    ['echo ${HOME} {}', "echo ${HOME} 'a b'"],
    ["echo $'\\t' {}", "echo $'\\t' 'a b'"],
    ['case {} in a) echo {};; esac', "case 'a b' in a) echo 'a b';; esac"],
    ['(cd {} && ls)', "(cd 'a b' && ls)"],
    ['cat {} <<E\nx\nE', "cat 'a b' <<E\nx\nE"],
    ['# note\necho {}', "# note\necho 'a b'"],
    ['echo a#b {}', "echo a#b 'a b'"],
  ])('%s', (line, expected) => {
    expect(filled(line, 'a b')).toBe(expected);
  });

  test.each([
    ['echo `echo {}`', 'into backticks'],
    ['cat <<E\n{}\nE', 'into a here-document'],
    ['cat <<E\nx\nE', 'behind a here-document'],
    ['echo # {}', 'into a comment'],
    ['(a)# {}', 'into a comment'],
    ['echo # x', 'behind a comment'],
    ['echo $((1 + {}))', 'into $((...))'],
    ['(( {} ))', 'into ((...))'],
    ['echo $[{}]', 'into $[...]'],
    ['echo ${x:-{}}', 'into ${...}'],
    ['echo ${}', 'into ${...}'],
    ['echo ${x:-"}"} {}', 'behind quotes in ${...}'],
    ["echo $'{}'", "into $'...'"],
    ["echo $'it\\'s' '{}'", "behind a $'...' with \\'"],
    ['echo "$(case x in x) echo {};; esac)"', 'behind a case in $(...)'],
    ['a[{}]=1', 'into a subscript'],
  ])('is refused in %s', (line, where) => {
    expect(() => lineTemplate(line)).toThrow(
      new ConfigError('usage', `an item cannot be put safely ${where}`, {
        hint: 'give it to a variable first, as in: x={}; ... "$x"',
      }),
    );
  });

  test.each([
    ["echo 'a", "the command has a ' that is not closed"],
    ['echo "a', 'the command has a " that is not closed'],
    ['echo "$(x" {}', 'the command has a " that is not closed'],
    ['echo `a', 'the command has a ` that is not closed'],
    ['echo ${a', 'the command has a ${ that is not closed'],
    ["echo $'a", "the command has a $' that is not closed"],
  ])('is refused in the unfinished %s', (line, message) => {
    expect(() => lineTemplate(line)).toThrow(new ConfigError('usage', message));
  });
});

/** Text that shells have a use for, and any other. */
const NASTY = fc.oneof(
  fc.constantFrom(
    "'",
    '"',
    '`',
    '$',
    '\\',
    '!',
    '{}',
    '-rf',
    ' ',
    '\t',
    '\n',
    '*',
    '?',
    '[a]',
    '~',
    '#',
    '&',
    ';',
    '|',
    '<',
    '>',
    '(',
    ')',
    '$(touch OWNED)',
    '`touch OWNED`',
    '${HOME}',
    "'; touch OWNED; '",
    '"; touch OWNED; "',
    '%s',
    '\\n',
    '=',
    ':',
    'ü',
    '中',
    '🙂',
    '\u0001',
    '\u007f',
    "\\'",
    '\\\\',
    "$'\\''",
  ),
  fc.string({ unit: 'binary', maxLength: 4 }).map((text) => text.replaceAll('\0', '')),
);
const ITEM = fc.array(NASTY, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''));

/** Lines that print the item between brackets, one for each place it may stand in. */
const LINES: readonly string[] = [
  "printf '<%s>'",
  "printf '<%s>' {}",
  'printf "<%s>" "{}"',
  "printf '<%s>' '{}'",
  'printf "<%s>" "$(true "x y")"{}',
  'printf "<%s>" "$(printf %sX {})" | sed \'$s/X>$/>/\'',
  'x={}; printf "<%s>" "$x"',
  'f() { printf \'<%s>\' "$1"; }; f {}',
  "case {} in *) (printf '<%s>' {}) ;; esac",
  "printf '<%s>' `:` ${x}{} # note",
];

describe.each(installed('sh', 'dash', 'bash', 'zsh', 'busybox sh'))('with %s', (shell) => {
  const [program = '', ...words] = shell.split(' ');
  const run = (code: string): string =>
    execFileSync(program, [...words, '-c', code], { cwd: folder, encoding: 'utf8' });

  test('an item comes out as it is, and nothing of it is run', () => {
    fc.assert(
      fc.property(ITEM, fc.constantFrom(...LINES), (item, line) => {
        expect(run(filled(line, item))).toBe(`<${item}>`);
      }),
      { numRuns: 25 },
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each(LINES)('in %s', (line) => {
    const item = `it's "$(touch OWNED)" \`touch OWNED\` \\ ' ; touch OWNED ; ' \n touch OWNED\n{}`;
    expect(run(filled(line, item))).toBe(`<${item}>`);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('whatever the line is, an item is refused or harmless', () => {
  const piece = fc.constantFrom(
    'echo ',
    '{}',
    ' ',
    "'",
    '"',
    '`',
    '$(',
    ')',
    '(',
    '((',
    '))',
    '${',
    '}',
    '$',
    '\\',
    '#',
    '\n',
    ';',
    'case x in ',
    'x) ',
    ';; esac',
    '<<E',
    'E',
    "$'",
    '[',
    ']',
    'a',
    '=',
    '&',
    '|',
    '#{',
    '<(',
    '$[',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const line = pieces.join('');
      let code: string;
      try {
        code = filled(line, '$(touch OWNED)`touch OWNED`\n touch OWNED\n');
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        return;
      }
      try {
        execFileSync('bash', ['-c', code], {
          cwd: folder,
          stdio: ['ignore', 'ignore', 'ignore'],
          timeout: 5_000,
        });
      } catch {
        // Most such lines are no commands; what matters is what they leave.
      }
      expect({ code, left: readdirSync(folder).filter((name) => name === 'OWNED') }).toEqual({
        code,
        left: [],
      });
    }),
    { numRuns: 100 },
  );
});
