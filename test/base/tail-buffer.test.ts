import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TailBuffer } from '../../src/base/tail-buffer.ts';

function held(tail: TailBuffer): readonly (readonly [number, string])[] {
  return [...tail.drain()].map(({ label, bytes }) => [label, bytes.toString('latin1')]);
}

/** Every byte with its label. */
function labelled(pieces: readonly (readonly [number, string])[]): readonly string[] {
  return pieces.flatMap(([label, text]) => Array.from(text, (letter) => `${label}${letter}`));
}

test('keeps the last bytes with their labels, however they came, and counts the others', () => {
  const piece = fc.tuple(
    fc.nat(3),
    fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 20 }),
  );
  fc.assert(
    fc.property(fc.array(piece), fc.nat(30), (pieces, limit) => {
      const tail = new TailBuffer(limit);
      for (const [label, text] of pieces) tail.add(label, Buffer.from(text), false);
      const all = labelled(pieces);
      expect(tail.dropped).toBe(Math.max(0, all.length - limit));
      expect(labelled(held(tail))).toEqual(limit === 0 ? [] : all.slice(-limit));
    }),
  );
});

test('a piece that is to stay whole is given in one piece, or not at all', () => {
  const tail = new TailBuffer(10);
  tail.add(0, Buffer.from('abcd'), true);
  tail.add(0, Buffer.from('efgh'), true);
  tail.add(1, Buffer.from('xyz'), false);
  expect(tail.dropped).toBe(4);
  const pieces = held(tail);
  expect(pieces[0]).toEqual([0, 'efgh']);
  expect(labelled(pieces.slice(1))).toEqual(['1x', '1y', '1z']);
  tail.add(0, Buffer.alloc(11), true);
  expect(tail.dropped).toBe(15);
  expect(held(tail)).toEqual([]);
});

test('a whole piece over the end of a block, and bytes over many', () => {
  const tail = new TailBuffer(300_000);
  for (let count = 0; count < 1000; count += 1) tail.add(2, Buffer.alloc(999, count % 251), true);
  const pieces = [...tail.drain()];
  expect(pieces).toHaveLength(300);
  pieces.forEach(({ bytes, whole }, index) => {
    expect(whole).toBe(true);
    expect(bytes.equals(Buffer.alloc(999, (700 + index) % 251))).toBe(true);
  });
  expect(tail.dropped).toBe(700 * 999);
});

test('what it gives is its own: single bytes of large buffers do not hold those', () => {
  const tail = new TailBuffer(1000);
  for (let count = 0; count < 2000; count += 1) {
    tail.add(count % 2, Buffer.alloc(64 * 1024).subarray(0, 1), false);
  }
  const pieces = [...tail.drain()];
  expect(tail.dropped).toBe(1000);
  expect(pieces).toHaveLength(1000);
  expect(Math.max(...pieces.map(({ bytes }) => bytes.buffer.byteLength))).toBeLessThanOrEqual(1000);
});
