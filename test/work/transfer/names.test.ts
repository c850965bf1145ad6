import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPattern, literal, matcher } from '../../../src/work/transfer/glob.ts';
import { parseAnswer } from '../../../src/work/transfer/host-digests.ts';
import { LocalNames } from '../../../src/work/transfer/local-names.ts';
import { isTemporary, temporaryName } from '../../../src/work/transfer/temporary-name.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';

describe('patterns', () => {
  test('mean what they mean to a shell', () => {
    const folder = temporaryFolder('glob');
    const names = [
      'a',
      'ab',
      'abc',
      'b',
      'b.log',
      'a.log',
      'a-b',
      '-',
      ']',
      '!',
      '^',
      'B',
      '1',
      '12',
    ];
    mkdirSync(folder, { recursive: true });
    for (const name of [...names, '.hidden', '.a']) writeFileSync(join(folder, name), '');
    const piece = fc.constantFrom(
      'a',
      'b',
      '*',
      '?',
      '[ab]',
      '[!a]',
      '[a-c]',
      '[]]',
      '[0-9]',
      '.',
      '-',
      '\\*',
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), (pieces) => {
        const pattern = pieces.join('');
        fc.pre(isPattern(pattern));
        const shell = spawnSync(
          'sh',
          ['-c', `for f in ${pattern}; do [ -e "$f" ] && echo "$f"; done`],
          {
            cwd: folder,
            encoding: 'utf8',
            env: { LC_ALL: 'C' },
          },
        );
        const matched = [...names, '.hidden', '.a'].filter(matcher(pattern));
        expect(matched.toSorted(), pattern).toEqual(
          shell.stdout
            .split('\n')
            .filter((name) => name !== '' && !/^\.\.?$/u.test(name))
            .toSorted(),
        );
      }),
      { numRuns: 20 },
    );
    rmSync(folder, { recursive: true });
  });

  test('are told from names, and a backslash keeps a character from meaning more', () => {
    expect(isPattern('a[b')).toBe(true);
    expect(isPattern(String.raw`a\*b`)).toBe(false);
    expect(literal(String.raw`a\*b\\c`)).toBe(String.raw`a*b\c`);
    expect(matcher('a*a*a*a*a*a*b')('a'.repeat(5000))).toBe(false);
  });
});

const NAME = fc
  .array(fc.constantFrom('.', '/', '\0', 'a', 'A', '\u00E9', 'e', '\u0301', '\u001B', '\n', '%'), {
    maxLength: 4,
  })
  .map((characters) => characters.join(''));

describe('names on this machine', () => {
  test('never lead out of their folder, and no two are one file', () => {
    fc.assert(
      fc.property(fc.array(NAME, { maxLength: 20 }), (names) => {
        const taken = new LocalNames();
        const given = names.flatMap((name) => {
          const local = taken.take(name);
          return 'name' in local ? [local.name] : [];
        });
        expect(given.filter((name) => /^\.{0,2}$|[/\0-\u001F\u007F]/u.test(name))).toEqual([]);
        const keys = given.map((name) => name.normalize('NFC').toLowerCase());
        expect(new Set(keys).size).toBe(keys.length);
      }),
    );
  });
});

describe('the temporary name', () => {
  test('is the same for the same file, another for a changed one, and never too long', () => {
    const facts = { size: 10, mtime: 1000 };
    const name = temporaryName('a.txt', facts);
    expect(name).toMatch(/^\.a\.txt\.muster-[0-9a-f]{12}$/u);
    expect(temporaryName('a.txt', facts)).toBe(name);
    expect(temporaryName('a.txt', { ...facts, size: 11 })).not.toBe(name);
    expect(temporaryName('a.txt', { ...facts, mtime: 1001 })).not.toBe(name);
    const long = temporaryName('\u00E4'.repeat(127), facts);
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(255);
    expect(long).not.toContain('\uFFFD');
    expect([name, long, 'a.txt', '.muster-000000000000'].map(isTemporary)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe("a host's digests", () => {
  const one = 'a'.repeat(64);
  const two = 'B'.repeat(64);

  test('are told by the names, whatever is printed before', () => {
    const text = `Welcome!\nmuster-digest 1000\n${two} */b\n${one}  /a\n`;
    expect(parseAnswer(text, ['/a', '/b', '/c'])).toEqual({
      uid: 1000,
      digests: [one, two.toLowerCase(), null],
    });
  });

  test('of names with a backslash or a line feed are written in another way', () => {
    const text = `muster-digest 0\n\\${one}  /a\\\\b\\nc\n`;
    expect(parseAnswer(text, ['/a\\b\nc'])).toEqual({ uid: 0, digests: [one] });
  });

  test('are not there where the script was not run', () => {
    expect(parseAnswer(`${one}  /a\n`, ['/a'])).toBeNull();
    expect(parseAnswer('', ['/a'])).toBeNull();
  });
});
