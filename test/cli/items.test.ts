import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readItems } from '../../src/cli/items.ts';
import { ConfigError } from '../../src/model/errors.ts';

function read(
  input: string | readonly (string | Uint8Array)[],
  options: { readonly null?: boolean; readonly most?: number } = {},
): Promise<readonly string[]> {
  const pieces = typeof input === 'string' ? [input] : input;
  const bytes = pieces.map((piece) => Buffer.from(piece as string));
  return readItems(Readable.from(bytes), { null: false, most: 1000, ...options });
}

describe('the items of standard input', () => {
  test('are its lines as they are, but for empty ones', async () => {
    expect(await read('a\n b \n\n\r\n-x\tü\nlast')).toEqual(['a', ' b ', '\r', '-x\tü', 'last']);
    expect(await read('')).toEqual([]);
    expect(await read('\n\n')).toEqual([]);
  });

  test('with --null, are what stands between NULs', async () => {
    expect(await read('a\nb\0\0c\n', { null: true })).toEqual(['a\nb', 'c\n']);
  });

  test('are the same however the input is cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }).filter((text) => !/[\n\0]/u.test(text))),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        async (lines, sizes) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const pieces: Buffer[] = [];
          for (let at = 0, n = 0; at < bytes.length; n += 1) {
            const size = sizes[n % sizes.length] ?? 1;
            pieces.push(bytes.subarray(at, at + size));
            at += size;
          }
          expect(await read(pieces)).toEqual(lines.filter(Boolean));
        },
      ),
    );
  });

  test.each<[string, Parameters<typeof read>, string, string]>([
    [
      'bytes that are no text',
      [['a\nb', Buffer.of(0xff), '\n']],
      'standard input: line 2 is not valid UTF-8',
      'items are text',
    ],
    [
      'a NUL in a line',
      ['a\n\nb\0c\n'],
      'standard input: line 3 holds a NUL character',
      '--null takes items that end with NUL',
    ],
    [
      'bytes that are no text between NULs',
      [[Buffer.of(0xc3, 0x28)], { null: true }],
      'standard input: item 1 is not valid UTF-8',
      'items are text',
    ],
  ])('are refused with %s', async (_, args, message, hint) => {
    await expect(read(...args)).rejects.toThrow(new ConfigError('usage', message, { hint }));
  });

  test('are refused where there are too many', async () => {
    expect(await read('a\nb\nc\n', { most: 3 })).toHaveLength(3);
    await expect(read('a\nb\nc\nd\n', { most: 3 })).rejects.toThrow(
      new ConfigError('too-many-hosts', 'there are more than 3 items', {
        hint: '--max-hosts allows more',
      }),
    );
  });

  test('are not asked of a person', async () => {
    const terminal = Object.assign(Readable.from([]), { isTTY: true });
    await expect(readItems(terminal, { null: false, most: 1 })).rejects.toThrow(
      'the items are read from standard input, which is a terminal',
    );
  });
});
