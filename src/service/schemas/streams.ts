import * as s from './schema.ts';

const DATA = ['structured', 'data', 'dataBase64', 'bytes'];

const record = {
  host: s.text,
  seq: s.id,
  time: s.described(
    { anyOf: [s.time, s.milliseconds] },
    'in NDJSON ISO 8601, UTC, with milliseconds; in frames a number, milliseconds since the epoch',
  ),
  stream: s.ref('StreamName'),
  structured: s.described({ const: true }, 'the bytes are one line with a JSON object'),
  data: s.described(s.text, 'the bytes, where they are UTF-8'),
  dataBase64: s.described(s.text, 'the bytes, where they are not'),
  bytes: s.described(s.whole, 'in frames: how many bytes follow this line'),
};

/** The lines of streams, by name. */
export const STREAM_SCHEMAS: Readonly<Record<string, s.Schema>> = {
  ReadingLine: s.object({
    reading: s.described(
      s.nullable(s.uuid),
      'what to acknowledge to; the stream stays open until all of it is acknowledged. null: nothing has to be',
    ),
  }),
  SentLine: s.object({
    sent: s.described(
      { const: true },
      'of a held reading: all was sent; the stream stays open until it is acknowledged',
    ),
  }),
  Received: s.object({ childId: s.id, ...record }, DATA),
  StateEvent: s.object({
    event: { const: 'state' },
    jobId: s.id,
    parentId: s.nullable(s.id),
    host: s.nullable(s.text),
    from: s.ref('JobState'),
    to: s.ref('JobState'),
    time: s.time,
    failure: s.nullable(s.ref('Failure')),
  }),
  RecordEvent: s.object(
    { event: { const: 'record' }, jobId: s.id, parentId: s.id, ...record },
    DATA,
  ),
  EndEvent: s.object({ event: { const: 'end' }, job: s.ref('Job') }),
  JobLine: s.object({ job: s.ref('Job') }),
  ReceiveLine: lines('ReadingLine', 'Received', 'SentLine', 'Error'),
  FollowLine: lines('ReadingLine', 'StateEvent', 'RecordEvent', 'EndEvent', 'SentLine', 'Error'),
  OwnedLine: lines('JobLine', 'StateEvent', 'RecordEvent', 'EndEvent', 'Error'),
  ChangeLine: lines('StateEvent', 'Error'),
};

/** What each line of a stream is; an error is always the last. */
function lines(...names: readonly string[]): s.Schema {
  return { anyOf: names.map((name) => s.ref(name)) };
}
