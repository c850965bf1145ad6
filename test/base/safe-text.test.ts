import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { safeLine, visible, visibleWithColour } from '../../src/base/safe-text.ts';

describe('visible', () => {
  test.each([
    ['plain text\twith a tab\n', 'plain text\twith a tab\n'],
    ['\u001B]0;title\u0007', '^[]0;title^G'],
    ['\u001B[2J', '^[[2J'],
    ['\u009B31m', '<U+009B>31m'],
    ['a\u202Eb', 'a<U+202E>b'],
    ['a\u200Bb\uFEFF', 'a<U+200B>b<U+FEFF>'],
    ['over\rwrite\u0008\u007F', 'over^Mwrite^H^?'],
    ['é 漢字 😀', 'é 漢字 😀'],
    ['tag \u{E0041}', 'tag <U+E0041>'],
    ['half \uD83D', 'half <U+D83D>'],
  ])('%j is shown as %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test('no control character but tab and newline is left, whatever came', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.toMatch(/[^\P{Cc}\t\n]/u);
        expect(visible(text)).not.toMatch(/\p{Bidi_Control}/u);
      }),
    );
  });

  test('colour passes where it is wanted, and nothing else does', () => {
    expect(visibleWithColour('\u001B[1;31mred\u001B[0m \u001B[2J\u001B]0;x\u0007')).toBe(
      '\u001B[1;31mred\u001B[0m ^[[2J^[]0;x^G',
    );
  });
});

describe('safeLine', () => {
  test('is one line', () => {
    expect(safeLine('first\r\n  second\n\nthird\n')).toBe('first second third');
  });

  test('is cut at its limit, and never in the middle of a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 2, max: 40 }), (text, limit) => {
        const line = safeLine(text, limit);
        expect(line.length).toBeLessThanOrEqual(limit);
        expect(line).not.toMatch(/[\r\n\u001B]/u);
        expect(line).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });
});
