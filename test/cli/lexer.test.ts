import { describe, expect, test } from 'vitest';
import { lex } from '../../src/cli/lexer.ts';
import { optionsOf } from '../../src/cli/options/table.ts';

const RUN = optionsOf('run');

describe('lexer', () => {
  test.each([
    ['a letter and its value', ['-w', 'web1'], ['--hosts=web1']],
    ['a value glued to its letter', ['-wweb[1-3]', '-f64'], ['--hosts=web[1-3]', '--fanout=64']],
    ['a value after an equals sign', ['-w=-web3'], ['--hosts=-web3']],
    ['a long option', ['--hosts', 'web1'], ['--hosts=web1']],
    ['a long option with an equals sign', ['--hosts=-web3'], ['--hosts=-web3']],
    ['an equals sign inside a value', ['--name=a=b'], ['--name=a=b']],
    ['letters put together', ['-abw', 'x'], ['--all', '--gather', '--hosts=x']],
    ['a letter given twice', ['-vv'], ['--verbose', '--verbose']],
    ['a lone dash as a value', ['--stdin', '-'], ['--stdin=-']],
    ['a negative number as a value', ['-u', '-5'], ['--timeout=-5']],
    ['a value that is another option after an equals sign', ['-l=-b'], ['--user=-b']],
  ])('reads %s', (_, args, options) => {
    expect(lex(args, RUN, 'first-word', 'run')).toEqual({ options, words: [] });
  });

  test('leaves everything after -- alone', () => {
    const args = ['-a', '--', 'ls', '--all', '-w', '--', '-x=y', ''];
    expect(lex(args, RUN, 'first-word', 'run')).toEqual({
      options: ['--all'],
      words: ['ls', '--all', '-w', '--', '-x=y', ''],
    });
  });

  test('ends the options at the first word, as ssh and clush do', () => {
    expect(lex(['-a', 'ls', '-l', '--all'], RUN, 'first-word', 'run')).toEqual({
      options: ['--all'],
      words: ['ls', '-l', '--all'],
    });
  });

  test('takes options among words where words do not end them', () => {
    expect(lex(['web[1-3]', '--fold', 'db1'], optionsOf('hosts'), 'dashes', 'hosts')).toEqual({
      options: ['--fold'],
      words: ['web[1-3]', 'db1'],
    });
  });

  test.each([
    ['an unknown option, with the near miss', ['--fanuot', '3'], '--fanuot', '--fanout'],
    ['an unknown option that is nowhere near', ['--zzz'], '--zzz', 'run --help'],
    ['an unknown letter', ['-Z'], 'unknown option -Z', '--help'],
    ['an unknown letter among known ones', ['-aZ'], 'unknown option -Z', '--help'],
    ['a value forgotten at the end', ['-w'], '-w needs a value: -w EXPR', null],
    ['a value forgotten before --', ['-w', '--', 'ls'], '-w needs a value', null],
    ['a value that looks like an option', ['-w', '-web3'], '-w needs a value', '-w=-web3'],
    ['a value for a flag', ['--all=yes'], '--all takes no value', null],
    ['a value for a letter that is a flag', ['-a=yes'], '-a takes no value', null],
    ['a word before --', ['-w', 'x', 'web2', '--', 'ls'], '"web2" stands before --', '-w'],
  ])('refuses %s', (_, args, message, hint) => {
    const error = thrown(() => lex(args, RUN, 'first-word', 'run'));
    expect(error).toMatchObject({ name: 'ConfigError', code: 'usage' });
    expect(error).toHaveProperty('message', expect.stringContaining(message));
    expect(error).toHaveProperty('hint', hint === null ? null : expect.stringContaining(hint));
  });

  test('takes one word among the options, and the others behind --, where that is the order', () => {
    const read = (...args: readonly string[]): unknown => lex(args, RUN, 'dashes-after-one', 'run');
    const options = ['--hosts=x', '--all'];
    expect(read('-w', 'x', 'file', '-a', '--', '-a', 'b')).toEqual({
      options,
      words: ['file', '-a', 'b'],
    });
    expect(read('-w', 'x', '-a', '--', 'file', '--', 'b')).toEqual({
      options,
      words: ['file', '--', 'b'],
    });
    expect(thrown(() => read('file', 'b', '-a'))).toMatchObject({
      code: 'usage',
      message: '"b" stands before --, and only what is behind it is handed on',
    });
  });
});

function thrown(task: () => unknown): unknown {
  try {
    task();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
