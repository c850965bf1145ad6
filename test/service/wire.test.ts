import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/model/errors.ts';
import type { JobEvent } from '../../src/model/event.ts';
import type { Received } from '../../src/model/ports/controller.ts';
import { STREAM_NAMES } from '../../src/model/record.ts';
import { decodeEvent, decodeReceived } from '../../src/service/client/decode.ts';
import {
  encodeEvent,
  encodeLine,
  encodeReceived,
  type Encoded,
} from '../../src/service/wire/encode.ts';
import { statusOf, thrownError, wireError } from '../../src/service/wire/errors.ts';
import { FrameSplitter, type Frame } from '../../src/service/wire/frames.ts';
import { queryString, receiveString } from '../../src/service/wire/query.ts';
import { EVERY_JOB } from '../../src/model/query.ts';

const received: fc.Arbitrary<Received> = fc
  .record({
    childId: fc.integer({ min: 1 }),
    host: fc.string({ unit: 'binary' }),
    seq: fc.integer({ min: 1 }),
    time: fc.nat(),
    stream: fc.constantFrom(...STREAM_NAMES),
    data: fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: 'binary' }).map((text) => new Uint8Array(Buffer.from(text))),
    ),
    structured: fc.boolean(),
  })
  .map(({ structured, ...record }) =>
    structured ? Object.assign(record, { structured }) : record,
  );

describe('frames', () => {
  test('give back every record, however the stream is cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(received), fc.array(fc.nat(400)), (records, cuts) => {
        const stream = joined(records.map((record) => encodeReceived(record, 'frames')));
        const frames = split(stream, cuts);
        expect(frames.map((frame) => plain(decodeReceived(frame)))).toEqual(records.map(plain));
      }),
    );
  });

  test('hold events of every kind', () => {
    const state: JobEvent = {
      event: 'state',
      jobId: 2,
      parentId: 1,
      host: 'a',
      from: 'NotStarted',
      to: 'Running',
      time: 5,
      failure: null,
    };
    const record: JobEvent = {
      event: 'record',
      jobId: 2,
      parentId: 1,
      host: 'ä"\n',
      record: { seq: 1, time: 7, stream: 'error', data: Buffer.from([255, 10, 0]) },
    };
    const frames = split(
      joined([state, record].map((event) => encodeEvent(event, 'frames'))),
      [7, 30, 1],
    );
    expect(frames.map(decodeEvent)).toEqual([state, record]);
  });

  test('that stop in the middle of a record are not complete', () => {
    const splitter = new FrameSplitter();
    splitter.push(Buffer.from('{"bytes":3}\nab'));
    expect(splitter.next()).toBeNull();
    expect(splitter.isComplete).toBe(false);
    splitter.push(Buffer.from('c'));
    expect(splitter.next()?.bytes).toEqual(Buffer.from('abc'));
    expect(splitter.isComplete).toBe(true);
  });

  test('do not hold their chunk: a small record keeps only its bytes', () => {
    const splitter = new FrameSplitter();
    splitter.push(Buffer.concat([Buffer.from('{"bytes":1}\nx'), Buffer.alloc(60_000)]));
    const bytes = splitter.next()?.bytes;
    expect(bytes?.buffer.byteLength).toBeLessThan(60_000);
  });
});

describe('lines', () => {
  test('are JSON with the bytes as text, or as base64 where they are not UTF-8', () => {
    fc.assert(
      fc.property(received, (record) => {
        const { line, bytes } = encodeReceived(record, 'lines');
        expect(bytes).toBeNull();
        expect(line.indexOf('\n')).toBe(line.length - 1);
        const { data, dataBase64, ...rest } = JSON.parse(line) as {
          data?: string;
          dataBase64?: string;
        };
        const { data: original, ...fields } = record;
        expect(rest).toEqual(fields);
        expect([data, dataBase64].filter((one) => one !== undefined)).toHaveLength(1);
        const read = Buffer.from(data ?? dataBase64 ?? '', data === undefined ? 'base64' : 'utf8');
        expect(read.equals(Buffer.from(original))).toBe(true);
      }),
    );
  });

  test('of other things are their JSON', () => {
    expect(encodeLine({ reading: null }).line).toBe('{"reading":null}\n');
  });
});

describe('errors', () => {
  test('are thrown at the client as they were at the controller', () => {
    const error = new ConfigError('job-state', 'job 1 is finished', { hint: 'rerun it' });
    expect(thrownError(wireError(error))).toMatchObject({
      name: 'ConfigError',
      code: 'job-state',
      message: 'job 1 is finished',
      hint: 'rerun it',
    });
    expect([statusOf('usage'), statusOf('no-such-job'), statusOf('job-state')]).toEqual([
      400, 404, 409,
    ]);
  });
});

describe('queries', () => {
  test('leave out what is not asked for, and repeat lists', () => {
    expect(queryString(EVERY_JOB)).toBe('');
    expect(queryString({ ...EVERY_JOB, terms: ['a b', '&'], hasMoreData: false, newest: 0 })).toBe(
      '?terms=a+b&terms=%26&hasMoreData=false&newest=0',
    );
  });

  test('tell no filter from one that lets nothing pass', () => {
    expect(receiveString({ keep: false, hosts: null })).toBe('');
    expect(receiveString({ keep: true, hosts: [] })).toBe('?keep=true&hosts=');
  });
});

function joined(encoded: readonly Encoded[]): Buffer {
  return Buffer.concat(
    encoded.flatMap(({ line, bytes }) => [Buffer.from(line), bytes ?? Buffer.alloc(0)]),
  );
}

/** Cut after so many bytes each, over and over. */
function split(stream: Buffer, cuts: readonly number[]): Frame[] {
  const splitter = new FrameSplitter();
  const frames: Frame[] = [];
  let at = 0;
  for (let index = 0; at < stream.byteLength; index += 1) {
    const end = at + 1 + (cuts[index % Math.max(cuts.length, 1)] ?? 100);
    splitter.push(stream.subarray(at, end));
    at = end;
    for (let frame = splitter.next(); frame !== null; frame = splitter.next()) frames.push(frame);
  }
  expect(splitter.isComplete).toBe(true);
  return frames;
}

function plain({ data, ...record }: Received): object {
  return { ...record, data: Buffer.from(data).toString('hex') };
}
