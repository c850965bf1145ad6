import { expect, test } from 'vitest';
import { becomeFrom } from '../../src/cli/become.ts';
import type { Values } from '../../src/cli/values.ts';
import { ConfigError } from '../../src/model/errors.ts';
import { Secret } from '../../src/base/secret.ts';
import { parse } from '../helpers/parse.ts';

function run(...args: readonly string[]): Values {
  return parse('run', ['-w', 'a', ...args, '--', 'id'], 'first-word').values;
}

test('--become is root by sudo, unless said otherwise', () => {
  expect(becomeFrom(run(), null)).toBeNull();
  const password = new Secret('p');
  const root = { method: 'sudo', user: 'root', password };
  expect(becomeFrom(run('--become'), password)).toEqual(root);
  const words = ['--become', '--become-user', 'www-data', '--become-method=su'];
  expect(becomeFrom(run(...words), null)).toEqual({
    method: 'su',
    user: 'www-data',
    password: null,
  });
});

test.each([
  [['--become-user', 'www'], '--become-user does nothing without --become'],
  [['--become-method', 'doas'], '--become-method does nothing without --become'],
  [['--ask-become-pass'], '--ask-become-pass does nothing without --become'],
  [['--become-pass-fd', '3'], '--become-pass-fd does nothing without --become'],
  [['--become', '--become-user=-x'], '--become-user: "-x" is no name of a user'],
  [['--become', '--become-user=a b'], '--become-user: "a b" is no name of a user'],
  [['--become', '--become-user=a\nb'], '--become-user: "a b" is no name of a user'],
  [['--become', '--become-method=pbrun'], '--become-method: "pbrun" is none of sudo, doas, su'],
])('%j is a mistake that is told before anything is asked', (args, message) => {
  const read = (): unknown => becomeFrom(run(...args), null);
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(message);
});
