import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesGlob } from '../../src/controller/glob.ts';

describe('a pattern', () => {
  test.each([
    ['patch', 'Patch', true],
    ['patch', 'patch-1', false],
    ['patch*', 'PATCH-1', true],
    ['*-1', 'patch-1', true],
    ['p?tch', 'pitch', true],
    ['p?tch', 'ptch', false],
    ['*', '', true],
    ['', '', true],
    ['', 'x', false],
    ['?', '\u{1F600}', true],
    ['a.c', 'abc', false],
    ['[ab]', 'a', false],
    ['a*b*c', 'a-b-b-c-c', true],
    ['a*b*c', 'a-b-b-c-d', false],
  ])('%s on %s: %s', (pattern, text, isMatch) => {
    expect(matchesGlob(pattern, text)).toBe(isMatch);
  });

  test('means what the regular expression would', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(
        letters,
        fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }),
        (pattern, text) => {
          const source = pattern.replaceAll('*', '.*').replaceAll('?', '.');
          expect(matchesGlob(pattern, text)).toBe(new RegExp(`^(?:${source})$`, 'su').test(text));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('that would keep a backtracking matcher busy for ever is answered', () => {
    expect(matchesGlob(`${'a*'.repeat(50)}b`, 'a'.repeat(2000))).toBe(false);
  });
});
