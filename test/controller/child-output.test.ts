import { describe, expect, test } from 'vitest';
import { childOutput, type ChildOutput } from '../../src/controller/child-output.ts';
import type { StreamPlaces } from '../../src/model/ports/work.ts';

/** What came out, and how it was told. */
interface Seen {
  readonly output: ChildOutput;
  readonly records: string[];
  readonly places: StreamPlaces[];
  readonly exceeded: number[];
}

function limited(bytes: number, action: 'cut' | 'fail', reached: StreamPlaces | null = null): Seen {
  const records: string[] = [];
  const places: StreamPlaces[] = [];
  const exceeded: number[] = [];
  const sink = {
    write: (stream: string, data: Uint8Array, structured?: true): void => {
      records.push(`${stream}${structured === true ? '!' : ''} ${Buffer.from(data).toString()}`);
    },
    took: (place: StreamPlaces): void => void places.push(place),
    exceeded: (limit: number): void => void exceeded.push(limit),
  };
  return { output: childOutput({ bytes, action }, sink, reached), records, places, exceeded };
}

describe('cut', () => {
  test('what is within the limit comes whole, in order, without a word', () => {
    const { output, records } = limited(10, 'cut');
    output.write('output', Buffer.from('abcd'));
    output.write('error', Buffer.from('efgh'));
    output.write('output', Buffer.from('ij'));
    expect(output.end()).toBeNull();
    expect(records).toEqual(['output abcd', 'error e', 'error fgh', 'output ij']);
  });

  test('the first half at once, the last half at the end, and between them how much is missing', () => {
    const { output, records } = limited(10, 'cut');
    output.write('output', Buffer.from('abcdefgh'));
    expect(records).toEqual(['output abcde']);
    output.write('error', Buffer.from('123456'));
    output.write('output', Buffer.from('xy'));
    expect(records).toEqual(['output abcde']);
    expect(output.end()).toBe('6 bytes of output left out (--max-output)');
    expect(records.slice(1)).toEqual([
      'warning 6 bytes of output left out (--max-output)\n',
      'error 456',
      'output xy',
    ]);
    expect(output.end()).toBeNull();
  });

  test('an object is left out whole', () => {
    const { output, records } = limited(16, 'cut');
    output.write('output', Buffer.from('{"a":1}'), true);
    output.write('output', Buffer.from('{"b":2}'), true);
    output.write('output', Buffer.from('{"c":3}'), true);
    expect(output.end()).toBe('7 bytes of output left out (--max-output)');
    expect(records.filter((record) => !record.startsWith('warning'))).toEqual([
      'output! {"a":1}',
      'output! {"c":3}',
    ]);
  });

  test('a durable command is gone on with behind its first half, until its last one was given', () => {
    const { output, places } = limited(10, 'cut');
    output.write('output', Buffer.from('abc'));
    output.took({ output: 3, error: 0 });
    output.write('error', Buffer.from('defghi'));
    output.took({ output: 3, error: 6 });
    expect(places).toEqual([
      { output: 3, error: 0 },
      { output: 3, error: 2 },
    ]);
    output.end();
    expect(places.at(-1)).toEqual({ output: 3, error: 6 });
    const next = limited(10, 'cut', { output: 3, error: 2 });
    next.output.write('error', Buffer.from('fghi'));
    expect(next.records).toEqual([]);
    next.output.end();
    expect(next.records).toEqual(['error fghi']);
  });
});

describe('fail', () => {
  test('the limit itself is not too much, one byte more is, once', () => {
    const { output, records, exceeded } = limited(6, 'fail');
    output.write('output', Buffer.from('abc'));
    output.write('error', Buffer.from('def'));
    expect(exceeded).toEqual([]);
    output.write('output', Buffer.from('g'));
    output.write('output', Buffer.from('h'));
    expect(exceeded).toEqual([6]);
    expect(records).toEqual(['output abc', 'error def']);
  });

  test('what fits of the piece that goes beyond it is given', () => {
    const { output, records, exceeded } = limited(4, 'fail');
    output.write('output', Buffer.from('abcdef'));
    expect([records, exceeded]).toEqual([['output abcd'], [4]]);
  });
});
