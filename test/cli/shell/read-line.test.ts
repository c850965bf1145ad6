import { describe, expect, test } from 'vitest';
import { promptOf } from '../../../src/cli/shell/prompt.ts';
import { readShellLine, wordsOf } from '../../../src/cli/shell/read-line.ts';

describe('a line typed into the shell', () => {
  test.each([
    ['uptime', 'uptime'],
    ['  df -h  ', 'df -h'],
    ['true && false', 'true && false'],
    ['a &&', 'a &&'],
    ["echo 'x &'", "echo 'x &'"],
    ['echo "x &"', 'echo "x &"'],
    ["echo 'x &", "echo 'x &"],
    ['echo x \\&', 'echo x \\&'],
    ['exec 2>&', 'exec 2>&'],
  ])('%s is a command for the targets', (typed, command) => {
    expect(readShellLine(typed)).toEqual({ kind: 'command', command });
  });

  test.each([
    ['sleep 60 &', 'sleep 60'],
    ['sleep 60&', 'sleep 60'],
    ['a; b &', 'a; b'],
    ["echo 'a b' &", "echo 'a b'"],
    ['echo "it\'s" &', 'echo "it\'s"'],
  ])('case 89: %s goes to the background', (typed, command) => {
    expect(readShellLine(typed)).toEqual({ kind: 'background', command });
  });

  test.each(['', ' ', '# a note', '&'])('%j is nothing', (typed) => {
    expect(readShellLine(typed)).toEqual({ kind: 'nothing' });
  });

  test('a colon speaks to the shell itself', () => {
    expect(readShellLine(':jobs')).toEqual({ kind: 'colon', name: 'jobs', rest: '' });
    expect(readShellLine(': wait  3 4')).toEqual({ kind: 'colon', name: 'wait', rest: '3 4' });
    expect(wordsOf(`3 'my job' --name "a b"`)).toEqual(['3', 'my job', '--name', 'a b']);
  });
});

describe('the prompt', () => {
  test('names the targets and how many they are, and leaves half of the line', () => {
    expect(promptOf('web[01-20]', 20, 80)).toBe('web[01-20] (20)> ');
    const long = promptOf('x'.repeat(100), 7, 80);
    expect(long.length).toBeLessThanOrEqual(40);
    expect(long).toContain('… (7)> ');
  });
});
