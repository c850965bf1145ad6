import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SessionOutput, type Said } from '../../../src/work/durable/session-output.ts';

const MARK = 'muster-0123:';

interface Heard {
  readonly output: string;
  readonly error: string;
  readonly said: readonly Said[];
  readonly places: { readonly output: number; readonly error: number };
}

function hear(pieces: readonly (readonly ['output' | 'error', Buffer])[]): Heard {
  const got = { output: '', error: '' };
  const said: Said[] = [];
  const session = new SessionOutput(
    MARK,
    { output: 10, error: 20 },
    {
      take: (stream, bytes) => void (got[stream] += Buffer.from(bytes).toString('latin1')),
      end: () => undefined,
    },
    (one) => said.push(one),
    () => undefined,
  );
  for (const [stream, bytes] of pieces) session.take(stream, bytes);
  session.end();
  return { ...got, said, places: session.places };
}

function cut(bytes: Buffer, lengths: readonly number[]): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return [...pieces, bytes.subarray(at)];
}

describe('what comes of a session', () => {
  test("is the command's, but for what stands behind a mark among its errors", () => {
    const heard = hear([
      [
        'error',
        Buffer.from(
          `${MARK}began\noops\n${MARK}note logout\nmuster-01${MARK}end signal KILL end\n`,
        ),
      ],
      ['output', Buffer.from(`${MARK}end exit 0 end\n`)],
    ]);
    expect(heard.error).toBe('oops\nmuster-01');
    expect(heard.output).toBe(`${MARK}end exit 0 end\n`);
    expect(heard.said).toEqual([
      { kind: 'began' },
      { kind: 'note', about: 'logout' },
      { kind: 'end', end: { code: null, signal: 'KILL', isFull: false } },
    ]);
  });

  test('is the same however its bytes are cut, and each of them is counted', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('muster', MARK.slice(0, -1), 'm', `${MARK}attached\n`),
    );
    const input = fc.record({
      parts: fc.array(part, { maxLength: 12 }),
      lengths: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 }),
    });
    fc.assert(
      fc.property(input, ({ parts, lengths }) => {
        const bytes = Buffer.from(`${parts.join('')}\n${MARK}end exit 3 full end\n`);
        const atOnce = hear([['error', bytes]]);
        const inPieces = hear(cut(bytes, lengths).map((piece) => ['error', piece] as const));
        expect(inPieces).toEqual(atOnce);
        expect(atOnce.places.error).toBe(20 + Buffer.from(atOnce.error, 'latin1').length);
      }),
      { numRuns: 100 },
    );
  });

  test('a beginning of a mark that never came whole is not counted: it is sent again', () => {
    const heard = hear([['error', Buffer.from('abcmuster-0')]]);
    expect([heard.error, heard.places.error]).toEqual(['abc', 23]);
  });

  test.each(['end exit 1234 end', 'end signal ../x end', 'end', 'nothing of ours'])(
    'passes over what makes no sense: %s',
    (line) => expect(hear([['error', Buffer.from(`${MARK}${line}\n`)]]).said).toEqual([]),
  );
});
