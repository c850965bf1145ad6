import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import fc from 'fast-check';
import { ConfigError } from '../../../src/model/errors.ts';
import { assemble, OUR_ALGORITHMS } from '../../../src/targets/ssh-config/algorithms.ts';
import { splitCommand } from '../../../src/targets/ssh-config/command-words.ts';
import { KEYWORDS } from '../../../src/targets/ssh-config/keywords.ts';
import { matchesPattern } from '../../../src/targets/ssh-config/patterns.ts';
import { BUILT_IN_SETTINGS } from '../../../src/targets/ssh-config/explain.ts';
import { DEFAULT_KEEPALIVE } from '../../../src/transport/keepalive.ts';
import { algorithms } from '../../../src/transport/algorithms.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { homeIn, targetsOf, type Home } from './local.ts';

let home: Home;
beforeAll(() => {
  home = homeIn(temporaryFolder('fuzz'));
});
afterAll(() => rmSync(home.folder, { recursive: true }));

test('whatever a file holds, it is read or refused with one line, and soon', async () => {
  const names = KEYWORDS.map(({ name }) => name);
  const value = fc.oneof(
    fc.constantFrom(
      'yes',
      'no',
      'none',
      '22',
      '*',
      '!a',
      'a,b',
      '%h',
      '%',
      '${A}',
      '"x y"',
      '"',
      '\\',
      '~',
      '~/x',
      '#',
      '=',
    ),
    fc.constantFrom(
      'host a',
      'all',
      'final',
      'exec true',
      'user me',
      '+a',
      '-*',
      '^x',
      'a|b',
      'a@b:1',
      '[::1]:2',
      'a=b',
    ),
    fc.string({ maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 6 }),
  );
  const line = fc
    .tuple(
      fc.constantFrom(' ', '\t', '=', ' = ', ''),
      fc.constantFrom(...names),
      fc.array(value, { maxLength: 3 }),
    )
    .map(([blank, name, values]) => `${name}${blank}${values.join(' ')}`);
  const text = fc.array(fc.oneof({ weight: 5, arbitrary: line }, value), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(text, async (lines) => {
      const file = home.write('config', lines.join('\n'));
      try {
        const sshConfig = home.load({ file });
        const { a } = await targetsOf(['a'], { sshConfig });
        expect(a?.port).toBeGreaterThan(0);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        expect(error.message).not.toMatch(/[\r\n\u001B]/u);
      }
    }),
    { numRuns: 200 },
  );
});

test('a pattern matches what an expression of the same meaning does, however many stars it has', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
  fc.assert(
    fc.property(letters, pattern, (name, wanted) => {
      const source = wanted.replaceAll(/\*+/gu, '.*').replaceAll('?', '.');
      expect(matchesPattern(name, wanted)).toBe(new RegExp(`^${source}$`, 'u').test(name));
    }),
  );
  expect(matchesPattern('a'.repeat(5000), `${'*a'.repeat(500)}b`)).toBe(false);
});

test('a word that was quoted is the word again', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 }), (words) => {
      fc.pre(words[0] !== 'exec' && !/^[A-Za-z_]\w*=/u.test(words[0] ?? ''));
      const text = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
      expect(splitCommand(text, '/home/me', {})).toEqual({ words });
    }),
  );
});

test('lists begin from what we offer where nothing is said', () => {
  const { offer } = algorithms(OUR_ALGORITHMS.hostkeyalgorithms.all);
  const defaults = (keyword: keyof typeof OUR_ALGORITHMS): readonly string[] =>
    assemble('-', OUR_ALGORITHMS[keyword]);
  expect(defaults('kexalgorithms')).toEqual(offer.kex);
  expect(defaults('ciphers')).toEqual(offer.cipher);
  expect(defaults('macs')).toEqual(offer.hmac);
  expect(defaults('hostkeyalgorithms')).toEqual(offer.serverHostKey);
  const { intervalMs, count } = DEFAULT_KEEPALIVE;
  const value = `every ${intervalMs / 1000} s, ${count} missed`;
  expect(BUILT_IN_SETTINGS).toContainEqual({ name: 'keepalive', value });
});
