import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteBuffer } from '../../src/base/byte-buffer.ts';

describe('a byte buffer', () => {
  test('holds what was appended, in order, whatever the sizes', () => {
    const sizes = fc.array(
      fc.oneof(fc.nat(4), fc.integer({ min: 2040, max: 2060 }), fc.nat(20_000)),
    );
    fc.assert(
      fc.property(sizes, (each) => {
        const pieces = each.map((size, index) => Buffer.alloc(size, index));
        const buffer = new ByteBuffer();
        for (const piece of pieces) buffer.append(piece);
        const whole = Buffer.concat(pieces);
        expect(buffer.size).toBe(whole.length);
        expect(Buffer.concat(buffer.pieces()).equals(whole)).toBe(true);
        expect(whole.equals(buffer.concat())).toBe(true);
      }),
    );
  });

  test('keeps few objects for many single bytes', () => {
    const buffer = new ByteBuffer();
    for (let index = 0; index < 100_000; index += 1) buffer.append(Uint8Array.of(index % 256));
    expect(buffer.pieces().length).toBeLessThan(20);
  });

  test('is not changed by what happens to a small piece later', () => {
    const buffer = new ByteBuffer();
    const piece = Buffer.from('abc');
    buffer.append(piece);
    piece.fill('x');
    expect(buffer.concat()).toEqual(Buffer.from('abc'));
  });

  test('is empty after it was cleared, and what was taken before stays', () => {
    const buffer = new ByteBuffer();
    buffer.append(Buffer.from('abc'));
    const taken = buffer.concat();
    buffer.clear();
    expect([buffer.size, buffer.pieces().length]).toEqual([0, 0]);
    buffer.append(Buffer.from('xyz'));
    expect([taken, buffer.concat()]).toEqual([Buffer.from('abc'), Buffer.from('xyz')]);
  });
});
