import { describe, expect, test } from 'vitest';
import { parseCommandLine, type Step } from '../../../src/transport/embedded/command-line.ts';

function stepsOf(line: string): readonly Step[] {
  const parsed = parseCommandLine(line);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.steps;
}

describe('the lines that an embedded host understands', () => {
  test.each([
    ['uname -sr', ['uname', '-sr']],
    ['  echo   \'a  b\'\t"c d" ', ['echo', 'a  b', 'c d']],
    ['echo a\\ b', ['echo', 'a b']],
    ['echo "say \\"hi\\" \\n"', ['echo', 'say "hi" \\n']],
    ["echo it's' o'n'e", ['echo', 'its', 'one']],
    ["echo ''", ['echo', '']],
    ['echo ümläut=1,2:3/4@5%6+7', ['echo', 'ümläut=1,2:3/4@5%6+7']],
  ])('%s', (line, words) => {
    expect(stepsOf(line)).toEqual([{ words, after: 'anything', toError: false }]);
  });

  test('separators say what the command before must have done', () => {
    expect(stepsOf('a; b && c || d\ne').map(({ words, after }) => [words[0], after])).toEqual([
      ['a', 'anything'],
      ['b', 'anything'],
      ['c', 'success'],
      ['d', 'failure'],
      ['e', 'anything'],
    ]);
  });

  test('>&2 sends the output of its own command to stderr', () => {
    expect(stepsOf('echo a >&2; echo b').map(({ toError }) => toError)).toEqual([true, false]);
  });

  test('an empty line is no command', () => {
    expect(stepsOf(' ;; ')).toEqual([]);
  });
});

test.each([
  ['cat /etc/passwd | wc', '|'],
  ['echo hi > /tmp/x', '>'],
  ['cat < /etc/passwd', '<'],
  ['sleep 5 &', '&'],
  ['echo $HOME', '$'],
  ['echo a$HOME', '$'],
  ['echo "$HOME"', '"'],
  ['echo `id`', '`'],
  ['ls *.txt', '*'],
  ['(true)', '('],
  ["echo 'open", "'"],
  ['echo end\\', '\\'],
])('%s is refused, naming what is not understood', (line, what) => {
  const parsed = parseCommandLine(line);
  expect(parsed.ok ? '' : parsed.message).toContain(` ${what} `);
});

test.each(['&& true', 'true &&', 'true || ', '|| false'])('%s lacks a command', (line) => {
  const parsed = parseCommandLine(line);
  expect(parsed.ok ? '' : parsed.message).toContain('a command is missing');
});
