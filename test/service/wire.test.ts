import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/model/errors.ts';
import type { JobEvent, StateEvent } from '../../src/model/event.ts';
import type { ChildView, JobSummary, JobView } from '../../src/model/job.ts';
import type { Received } from '../../src/model/ports/controller.ts';
import { STREAM_NAMES } from '../../src/model/record.ts';
import { JOB_STATES } from '../../src/model/state.ts';
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
import { foundFrom, jobFrom, wireFound, wireJob } from '../../src/service/wire/times.ts';
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
    const state = STATE;
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
        expect(rest).toEqual({ ...fields, time: new Date(fields.time).toISOString() });
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

describe('times', () => {
  const wall = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) });
  const moment = fc.option(wall);
  const common = {
    id: fc.integer({ min: 1 }),
    instanceId: fc.uuid(),
    name: fc.string(),
    state: fc.constantFrom(...JOB_STATES),
    hasMoreData: fc.boolean(),
    location: fc.string(),
    command: fc.string(),
    begin: moment,
    end: moment,
    durationMs: fc.option(fc.nat()),
    statusMessage: fc.option(fc.string()),
    progress: fc.option(fc.record({ percent: fc.nat(100), text: fc.string() })),
  };
  const child: fc.Arbitrary<ChildView> = fc.record({
    ...common,
    parentId: fc.integer({ min: 1 }),
    type: fc.constant(''),
    host: fc.string(),
    item: fc.option(fc.string()),
    question: fc.constant(null),
    exitCode: fc.option(fc.nat(255)),
    signal: fc.option(fc.string()),
    failure: fc.constant(null),
    attempts: fc.nat(5),
    bytes: fc.record({ output: fc.nat(), error: fc.nat() }),
    endConfirmed: fc.option(fc.boolean()),
    data: fc.constant({}),
  });
  const parent = {
    ...common,
    parentId: fc.constant(null),
    type: fc.constant('RemoteJob' as const),
    counts: fc.record({
      completed: fc.nat(),
      failed: fc.nat(),
      stopped: fc.nat(),
      running: fc.nat(),
      queued: fc.nat(),
      total: fc.nat(),
    }),
    rerunOf: fc.option(fc.integer({ min: 1 })),
  };
  const job: fc.Arbitrary<JobView> = fc.record({ ...parent, children: fc.array(child) });
  const summary: fc.Arbitrary<JobSummary> = fc.record({ ...parent, children: fc.array(fc.nat()) });
  const through = <T>(wire: T): T => JSON.parse(JSON.stringify(wire)) as T;

  test('of jobs, their children and lists come through as they were, to the millisecond', () => {
    fc.assert(
      fc.property(job, fc.array(fc.oneof(summary, child)), (view, jobs) => {
        expect(jobFrom(through(wireJob(view)))).toEqual(view);
        const found = { jobs, unmatched: ['x'] };
        expect(foundFrom(through(wireFound(found)))).toEqual(found);
      }),
    );
  });

  test('are ISO 8601, UTC, with milliseconds, and null where there is none', () => {
    fc.assert(
      fc.property(job, (view) => {
        const wire = wireJob(view);
        const pairs = [view, ...view.children].flatMap(({ begin, end }) => [begin, end]);
        const texts = [wire, ...wire.children].flatMap(({ begin, end }) => [begin, end]);
        expect(texts).toEqual(pairs.map((ms) => (ms === null ? null : new Date(ms).toISOString())));
      }),
    );
  });

  test('of events come through in frames, and are text in lines', () => {
    fc.assert(
      fc.property(job, wall, (view, time) => {
        const state: JobEvent = { ...STATE, time };
        const events: JobEvent[] = [state, { event: 'end', job: view }];
        const frames = split(joined(events.map((event) => encodeEvent(event, 'frames'))), [50]);
        expect(frames.map(decodeEvent)).toEqual(events);
        const line = JSON.parse(encodeEvent(state, 'lines').line) as object;
        expect(line).toEqual({ ...STATE, time: new Date(time).toISOString() });
      }),
    );
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

const STATE: StateEvent = {
  event: 'state',
  jobId: 2,
  parentId: 1,
  host: 'a',
  from: 'NotStarted',
  to: 'Running',
  time: 5,
  failure: null,
};
