import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesWildcard } from '../../../src/targets/nodeset/wildcard.ts';

describe('a wildcard', () => {
  it('matches as the regular expression that it stands for', () => {
    const text = fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 8 });
    const pattern = fc.array(fc.constantFrom('a', 'b', '.', '*', '?'), { maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (mask, name) => {
        const source = mask.map((one) => (one === '*' ? '.*' : one === '?' ? '.' : `[${one}]`));
        const expected = new RegExp(`^${source.join('')}$`, 'u').test(name.join(''));
        expect(matchesWildcard(mask.join(''), name.join(''))).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('is not slowed down by many stars', () => {
    expect(matchesWildcard(`${'*a'.repeat(200)}b`, 'a'.repeat(500))).toBe(false);
  });
});
