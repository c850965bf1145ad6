import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  GreetingLines,
  type GreetingState,
} from '../../../src/transport/connect/greeting-lines.ts';

function read(...chunks: readonly (Buffer | string)[]): GreetingState {
  const lines = new GreetingLines();
  let state: GreetingState = { kind: 'more' };
  for (const chunk of chunks) {
    if (state.kind === 'more') state = lines.add(Buffer.from(chunk));
  }
  return state;
}

describe('a greeting', () => {
  test('is found behind other lines, and all from it on is passed on', () => {
    const state = read('Welcome.\r\nUse it well.\r\nSSH-2.0-x y\r\n\0\0kex');
    expect(state).toMatchObject({ kind: 'ident', line: 'SSH-2.0-x y' });
    expect(state.kind === 'ident' && state.rest.toString()).toBe('SSH-2.0-x y\r\n\0\0kex');
  });

  test('means the same in whatever pieces it comes', () => {
    const greeting = Buffer.from('Hello\nthere\r\nSSH-2.0-OpenSSH_9.2p1 Debian\r\n');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: greeting.length })), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), greeting.length];
        const chunks = edges.slice(1).map((edge, index) => greeting.subarray(edges[index], edge));
        const state = read(...chunks.filter((chunk) => chunk.length > 0));
        expect(state).toMatchObject({ kind: 'ident', line: 'SSH-2.0-OpenSSH_9.2p1 Debian' });
      }),
    );
  });

  test.each([
    ['SSH-1.99-old\n', 'ident'],
    ['SSH-1.5-ancient\n', 'wrong'],
    ['SSH-2.0-\n', 'wrong'],
    ['SSH-2.0- space\n', 'wrong'],
    ['HTTP/1.0 400 Bad Request\r\n', 'wrong'],
    ['\u0015\u0003\u0001\0\u0002', 'wrong'],
    ['SSH-2.0-x', 'more'],
    ['220 mail ESMTP\r\n', 'more'],
  ])('%j is: %s', (text, kind) => {
    expect(read(text).kind).toBe(kind);
  });

  test('is bounded in lines and in the length of each, also without an end', () => {
    expect(read('hello\n'.repeat(256), 'SSH-2.0-x\n').kind).toBe('ident');
    expect(read('hello\n'.repeat(257)).kind).toBe('wrong');
    expect(read('x'.repeat(8_193)).kind).toBe('wrong');
    expect(read(`${'x'.repeat(8_193)}\nSSH-2.0-x\n`).kind).toBe('wrong');
    expect(read(`SSH-2.0-${'x'.repeat(9_000)}`).kind).toBe('wrong');
  });

  test('whatever comes, no more than a line of it is kept', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 30 }), (chunks) => {
        const lines = new GreetingLines();
        for (const chunk of chunks) {
          const state = lines.add(Buffer.from(chunk));
          if (state.kind !== 'more') return;
        }
        lines.close();
        expect(lines.sample.length).toBeLessThanOrEqual(250);
      }),
    );
  });
});
