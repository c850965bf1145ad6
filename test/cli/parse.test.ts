import { describe, expect, test } from 'vitest';
import { parse } from '../helpers/parse.ts';
import { parseCodes } from '../../src/cli/numbers.ts';
import type { Values } from '../../src/cli/values.ts';

describe('options', () => {
  test('are what was given, else their defaults', () => {
    const values = run('-w', 'a', '-w', 'b', '-p', '2200', '-vv', '--timeout=.5', '-b');
    expect(values.many('hosts')).toEqual(['a', 'b']);
    expect(values.number('port')).toBe(2200);
    expect(values.number('timeout')).toBe(0.5);
    expect(values.number('fanout')).toBe(64);
    expect(values.number('connect-timeout')).toBe(10);
    expect(values.count('verbose')).toBe(2);
    expect(values.flag('gather')).toBe(true);
    expect(values.flag('all')).toBe(false);
    expect(values.text('user')).toBeNull();
    expect(values.text('host-keys')).toBe('strict');
  });

  test('count as they were given last, so that an alias can be overruled', () => {
    const values = run('-l', 'a', '-f', '8', '-l', 'b', '--fanout=9');
    expect(values.text('user')).toBe('b');
    expect(values.number('fanout')).toBe(9);
  });

  test.each([
    ['digits', '007'],
    ['quotes', '"a b"'],
    ['a word that looks like a truth value', 'true'],
    ['dots', 'a.b.c'],
    ['a number with an exponent', '1e3'],
    ['a comma', 'a,b'],
    ['what could be a key of every object', '__proto__'],
  ])('keep a value as it was typed: %s', (_, value) => {
    expect(run(`--name=${value}`).text('name')).toBe(value);
    expect(run(`--hosts=${value}`, '-w', value).many('hosts')).toEqual([value, value]);
  });

  test.each([
    [['-p', '99999'], '--port: "99999" is not a whole number from 1 to 65535'],
    [['-p', '0'], '--port'],
    [['-p', '22x'], '--port'],
    [['-p', '0x16'], '--port'],
    [['-p', ' 22'], '--port'],
    [['-f', '0'], '--fanout: "0" is not a whole number from 1'],
    [['-f', '-1'], '--fanout'],
    [['-f', 'NaN'], '--fanout'],
    [['-f', '1.5'], '--fanout'],
    [['-f', 'Infinity'], '--fanout'],
    [['-t', '0'], '--connect-timeout: "0" is not a number from 0.001'],
    [['-u', '1e9'], '--timeout'],
    [['-u', '99999999'], '--timeout'],
    [['--retries', '-1'], '--retries'],
    [['--user', ''], '--user needs a value'],
    [['--hosts='], '--hosts needs a value'],
    [['--stdin', 'a', '--stdin', 'b'], '--stdin is given 2 times'],
    [['-f', '0', '-f', '3'], '--fanout'],
    [['--host-keys', 'of'], '--host-keys: "of" is none of strict, accept-new, off'],
    [['-O', 'jsno'], '--output: "jsno" is none of live, gather'],
  ])('refuse %j', (args, message) => {
    expect(() => run(...args)).toThrow(message);
  });

  test('suggest the choice that was meant', () => {
    expect(() => run('-O', 'jsno')).toThrow(
      expect.objectContaining({ code: 'usage', hint: 'did you mean json?' }),
    );
  });
});

describe('lists of exit codes', () => {
  test('have single codes and ranges, and always 0', () => {
    expect(parseCodes('--ok-codes', ['1,3-5', '100'])).toEqual([0, 1, 3, 4, 5, 100]);
    expect(parseCodes('--ok-codes', [])).toEqual([0]);
  });

  test.each(['', '1,', 'x', '5-3', '1-2-3', '-1', '1.5', '0-4294967295'])('refuse %j', (list) => {
    expect(() => parseCodes('--ok-codes', [list])).toThrow('--ok-codes');
  });
});

function run(...args: readonly string[]): Values {
  return parse('run', args, 'first-word').values;
}
