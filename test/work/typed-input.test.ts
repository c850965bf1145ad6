import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TypedInput } from '../../src/work/typed-input.ts';

/** What a terminal that reads lines hands on, piece by piece; an empty piece is the end of its input (termios(3)). */
function handedOn(typed: Buffer): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let waiting: number[] = [];
  let isLiteral = false;
  for (const byte of typed) {
    if (isLiteral) waiting.push(byte);
    else if (byte === 0x0a) waiting.push(byte);
    else if (byte > 0x1f && byte !== 0x7f) waiting.push(byte);
    else if (byte === 0x09) waiting.push(byte);
    else if (byte !== 0x04 && byte !== 0x16) throw new Error(`the terminal would act on ${byte}`);
    if (waiting.length > 255) throw new Error('the line is too long');
    if (!isLiteral && (byte === 0x0a || byte === 0x04)) {
      pieces.push(Buffer.from(waiting));
      waiting = [];
    }
    isLiteral = !isLiteral && byte === 0x16;
  }
  if (waiting.length > 0) throw new Error('something was not handed on');
  return pieces;
}

test('whoever reads at the terminal gets the bytes, all of them, and then the end', () => {
  const chunk = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ minLength: 220, maxLength: 700 }),
    fc.constantFrom(new Uint8Array([10]), new Uint8Array([4]), new Uint8Array(240).fill(65)),
  );
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 6 }), (chunks) => {
      const typed = new TypedInput();
      const keys = Buffer.concat([...chunks.map((bytes) => typed.next(bytes)), typed.end]);
      const pieces = handedOn(keys);
      const end = pieces.findIndex((piece) => piece.length === 0);
      expect(Buffer.concat(pieces).equals(Buffer.concat(chunks))).toBe(true);
      expect(end).toBe(pieces.length - 1);
    }),
    { numRuns: 200 },
  );
});
