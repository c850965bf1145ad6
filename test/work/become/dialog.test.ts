import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BecomeMethod } from '../../../src/model/become.ts';
import { Dialog } from '../../../src/work/become/dialog.ts';
import { newMarks } from '../../../src/work/become/marks.ts';

type Said = readonly (readonly ['output' | 'error', Uint8Array])[];

function heard(
  method: BecomeMethod,
  pieces: Said,
): { readonly dialog: Dialog; readonly output: Buffer; readonly error: Buffer } {
  const passed = { output: [] as Uint8Array[], error: [] as Uint8Array[] };
  const listener = {
    data: (stream: 'output' | 'error', bytes: Uint8Array) => void passed[stream].push(bytes),
  };
  const dialog = new Dialog(MARKS, method, listener, () => undefined);
  for (const [stream, bytes] of pieces) dialog.data(stream, bytes);
  return {
    dialog,
    output: Buffer.concat(passed.output),
    error: Buffer.concat(passed.error),
  };
}

const MARKS = newMarks();
const anything = fc.uint8Array({ maxLength: 80 });
const piecesOf = (bytes: Buffer, sizes: readonly number[]): readonly Uint8Array[] => {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...pieces, bytes.subarray(at)].filter(({ length }) => length > 0);
};

test('whatever is said and however it is cut, what stands behind the word passes, to the byte, and nothing else', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 12 });
  fc.assert(
    fc.property(anything, anything, anything, anything, sizes, sizes, (a, b, c, d, one, two) => {
      const said = (before: Uint8Array, after: Uint8Array): Buffer =>
        Buffer.concat([before, Buffer.from(MARKS.asking), before, Buffer.from(MARKS.ready), after]);
      const { output, error, dialog } = heard('sudo', [
        ...piecesOf(said(a, b), one).map((bytes) => ['output', bytes] as const),
        ...piecesOf(said(c, d), two).map((bytes) => ['error', bytes] as const),
      ]);
      expect(output.equals(b)).toBe(true);
      expect(error.equals(d)).toBe(true);
      expect(dialog.isReady).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test('a host that talks without end is heard to the end', () => {
  const talk = Buffer.alloc(300_000, 'talk Password: \n');
  const end = Buffer.from(`${MARKS.prompt} ${MARKS.ready}out`);
  const { output, dialog } = heard('sudo', [
    ['output', Buffer.from(MARKS.asking)],
    ...piecesOf(talk, Array<number>(20).fill(10_001)).map((bytes) => ['output', bytes] as const),
    ['output', end.subarray(0, 60)],
    ['output', end.subarray(60, 90)],
    ['output', end.subarray(90)],
  ]);
  expect([output.toString(), dialog.isReady, dialog.prompts]).toEqual(['out', true, 1]);
  expect(dialog.said.length).toBeLessThan(40_000);
});

test.each([
  ['su', 'Password: ', 1],
  ['su', 'Password: \r\nsu: Authentication failure\n', 1],
  ['doas', '\rdoas (me@host) password: ', 1],
  ['doas', '\rdoas (me@host) password: \r\ndoas (me@host) password: ', 2],
  ['su', 'Verification code: ', 0],
  ['su', 'Your password expires in 3 days.\n', 0],
  ['sudo', 'Password: ', 0],
] as const)('%s that says %j asks for a password %i times', (method, text, times) => {
  const early = Buffer.from(`Password: ${MARKS.asking}${text}`);
  const pieces = [...early].map((byte) => ['error', Buffer.from([byte])] as const);
  expect(heard(method, pieces).dialog.prompts).toBe(times);
});
