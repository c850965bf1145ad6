import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { childToJson, jobToJson } from '../../src/presenters/json-forms.ts';
import { json } from '../../src/presenters/json.ts';
import { jsonLines } from '../../src/presenters/jsonl.ts';
import { compose } from '../../src/presenters/part.ts';
import type { JobView } from '../../src/model/job.ts';
import { child, end, failed, failure, job, memory, record, START, state } from './events.ts';

type Parsed = Readonly<Record<string, unknown>> & {
  readonly children: readonly Readonly<Record<string, unknown>>[];
};

describe('a job as JSON', () => {
  const view = job([
    child('web1', { bytes: { output: 3, error: 4 } }),
    failed('web2', 'signal', 'killed by signal KILL', { signal: 'KILL', endConfirmed: false }),
  ]);

  test('has every field of a parent, in order, null where it does not apply', () => {
    const { children, ...fields } = jobToJson(view);
    expect(JSON.stringify(fields)).toBe(
      '{"id":1,"instanceId":"00000000-0000-4000-8000-000000000001","parentId":null,"name":"Job1",' +
        '"type":"RemoteJob","state":"Failed","hasMoreData":true,"location":"web1,web2","command":"uptime",' +
        '"begin":"2026-01-02T03:04:05.678Z","end":"2026-01-02T03:04:06.078Z","durationMs":400,' +
        '"statusMessage":null,' +
        '"counts":{"completed":1,"failed":1,"stopped":0,"running":0,"queued":0,"total":2}}',
    );
    expect(children).toHaveLength(2);
  });

  test('has every field of a child, in order, null where it does not apply, and no other', () => {
    const [first, second] = jobToJson(view)['children'] as unknown[];
    expect(JSON.stringify(first)).toBe(
      '{"id":2,"instanceId":"00000000-0000-4000-8000-000000000002","parentId":1,"name":"Job2","type":"",' +
        '"state":"Completed","hasMoreData":true,"location":"web1","command":"uptime",' +
        '"begin":"2026-01-02T03:04:05.678Z","end":"2026-01-02T03:04:05.778Z","durationMs":100,' +
        '"statusMessage":null,"counts":null,"children":null,"host":"web1","exitCode":0,"signal":null,' +
        '"failure":null,"attempts":1,"bytes":{"output":3,"error":4}}',
    );
    expect(second).toMatchObject({
      id: 3,
      exitCode: null,
      signal: 'KILL',
      failure: {
        phase: 'run',
        code: 'signal',
        message: 'killed by signal KILL',
        mayHaveRun: false,
        via: null,
      },
    });
    expect(Object.keys(second as object)).toEqual(Object.keys(first as object));
  });

  test('has null for what has not happened yet', () => {
    const queued = child('web1', { state: 'NotStarted', begin: null, end: null, durationMs: null });
    expect(childToJson(queued)).toMatchObject({ begin: null, end: null, durationMs: null });
  });

  test('has what the work reports after its own fields, which a report cannot replace', () => {
    const check = { online: true, reached: 'auth', address: '127.0.0.1', probes: [] };
    const form = childToJson(child('web1', { data: { check, state: 'Completed!', host: 'x' } }));
    expect(Object.keys(form).at(-1)).toBe('check');
    expect(form).toMatchObject({ check, state: 'Completed', host: 'web1' });
  });
});

describe('json', () => {
  async function document(view: JobView, records: Parameters<typeof record>[]): Promise<Parsed> {
    const output = memory();
    const presenter = compose([json(output)]);
    for (const each of records) await presenter.handle(record(...each));
    expect(output.text()).toBe('');
    await presenter.handle(end(view));
    expect(output.text().endsWith('}\n')).toBe(true);
    return JSON.parse(output.text()) as Parsed;
  }

  test('is one document: the job, each child with its output and error, nothing left to receive', async () => {
    const view = job([child('web1'), failed('web2', 'exit-code', 'exit code 7', { exitCode: 7 })]);
    const parsed = await document(view, [
      [2, 'web1', 'a "quoted" \\ line\n'],
      [3, 'web2', 'oh\n', 'error'],
      [2, 'web1', '\u001B[1mb\n'],
      [2, 'web1', 'aside\n', 'warning'],
    ]);
    const expected = jobToJson(view)['children'] as Record<string, unknown>[];
    expect(parsed).toEqual({
      ...jobToJson(view),
      hasMoreData: false,
      children: [
        {
          ...expected[0],
          hasMoreData: false,
          output: 'a "quoted" \\ line\n\u001B[1mb\n',
          error: '',
          warning: 'aside\n',
        },
        { ...expected[1], hasMoreData: false, output: '', error: 'oh\n' },
      ],
    });
    expect(Object.keys(parsed)).toEqual(Object.keys(jobToJson(view)));
  });

  test('has children as an empty list where there are none', async () => {
    expect(await document(job([]), [])).toMatchObject({ children: [], state: 'Completed' });
  });

  test('F32: bytes that are not UTF-8 are base64 under another name, for that stream alone', async () => {
    const parsed = await document(job([child('web1')]), [
      [2, 'web1', Uint8Array.of(0xff, 0xfe)],
      [2, 'web1', 'fine', 'error'],
    ]);
    const [said] = parsed.children;
    expect(said).toMatchObject({ outputBase64: '//4=', error: 'fine' });
    expect(Object.keys(said ?? {})).not.toContain('output');
    expect(Object.keys(said ?? {})).not.toContain('errorBase64');
  });

  test('F31 and F33: any bytes in any pieces come back as they were, as text exactly where they are UTF-8', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.string({ unit: 'binary' }).map((text) => Uint8Array.from(Buffer.from(text))),
      fc.constant(Uint8Array.from(Buffer.from('\uFEFFbom €😀'))),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.array(fc.nat(5)), async (whole, cuts) => {
        const records: Parameters<typeof record>[] = [];
        let start = 0;
        for (const cut of [...cuts, whole.length]) {
          records.push([2, 'web1', whole.subarray(start, start + cut)]);
          start += cut;
        }
        const parsed = await document(job([child('web1')]), records);
        const { output, outputBase64 } = parsed.children[0] ?? {};
        const text = typeof output === 'string' ? Buffer.from(output) : null;
        const back = text ?? Buffer.from(String(outputBase64), 'base64');
        expect(back).toEqual(Buffer.from(whole));
        expect(text !== null).toBe(isUtf8(whole));
        expect([output, outputBase64].filter((each) => each !== undefined)).toHaveLength(1);
      }),
    );
  });

  test('an unfinished character at the very end is not UTF-8', async () => {
    const parsed = await document(job([child('web1')]), [
      [2, 'web1', Uint8Array.of(0x61, 0xe2, 0x82)],
    ]);
    expect(parsed.children[0]).toMatchObject({ outputBase64: 'YeKC' });
  });

  test('large output is written in pieces and never as one string', async () => {
    const output = memory();
    const presenter = compose([json(output)]);
    const piece = Buffer.alloc(1024 ** 2, 'x');
    const binary = Buffer.alloc(1024 ** 2, 0xff);
    for (let index = 0; index < 20; index += 1) {
      await presenter.handle(record(2, 'web1', piece));
      await presenter.handle(record(2, 'web1', binary, 'error'));
    }
    await presenter.handle(end(job([child('web1')])));
    const lengths = output.writes.map((chunk) => chunk.length);
    expect(Math.max(...lengths)).toBeLessThan(3 * 1024 ** 2);
    const [said] = (JSON.parse(output.text()) as Parsed).children;
    expect(said?.['output']).toBe('x'.repeat(20 * 1024 ** 2));
    expect(Buffer.from(String(said?.['errorBase64']), 'base64').length).toBe(20 * 1024 ** 2);
  });

  test('on a terminal has no character that one obeys, and means the same', async () => {
    const hostile = 'a\u009B2J\u007F\u202E\u{E0041}\u2028b';
    const output = memory({ terminal: true });
    const presenter = compose([json(output)]);
    await presenter.handle(record(2, 'web1', hostile));
    await presenter.handle(end(job([child('web1', { command: hostile })])));
    expect(output.text()).toContain(String.raw`a\u009b2J\u007f\u202e\udb40\udc41\u2028b`);
    expect(/[\u007F-\u009F\u2028\u202E\u{E0041}]/u.test(output.text())).toBe(false);
    const parsed = JSON.parse(output.text()) as Parsed;
    expect([parsed.children[0]?.['output'], parsed.children[0]?.['command']]).toEqual([
      hostile,
      hostile,
    ]);
  });
});

describe('jsonl', () => {
  test('is one event a line, with exactly the fields that are stated, and the job last', async () => {
    const output = memory();
    const presenter = compose([jsonLines(output, true)]);
    const view = job([child('web1')]);
    await presenter.handle(state(1, null, 'Running', 'NotStarted'));
    await presenter.handle(state(2, 'web1', 'Running', 'NotStarted'));
    await presenter.handle(record(2, 'web1', 'hé\n'));
    await presenter.handle(record(2, 'web1', Uint8Array.of(0xc3), 'error', 2));
    const told = { ...state(2, 'web1', 'Failed'), failure: failure('exit-code', 'exit code 7') };
    await presenter.handle(told);
    await presenter.handle(end(view));
    const time = new Date(START).toISOString();
    const lines = output.text().split('\n');
    expect(lines.slice(0, 5)).toEqual([
      `{"event":"state","jobId":1,"parentId":null,"host":null,"from":"NotStarted","to":"Running","time":"${time}"}`,
      `{"event":"state","jobId":2,"parentId":1,"host":"web1","from":"NotStarted","to":"Running","time":"${time}"}`,
      `{"event":"record","jobId":2,"parentId":1,"host":"web1","seq":1,"time":"${time}","stream":"output","data":"hé\\n"}`,
      `{"event":"record","jobId":2,"parentId":1,"host":"web1","seq":2,"time":"${time}","stream":"error","dataBase64":"ww=="}`,
      `{"event":"state","jobId":2,"parentId":1,"host":"web1","from":"Running","to":"Failed","time":"${time}"}`,
    ]);
    const delivered = {
      ...view,
      hasMoreData: false,
      children: [{ ...view.children[0], hasMoreData: false }],
    };
    expect(lines[5]).toBe(JSON.stringify({ event: 'end', job: jobToJson(delivered as JobView) }));
    expect(lines.slice(6)).toEqual(['']);
  });

  test('writes each record as it comes', async () => {
    const output = memory();
    const presenter = compose([jsonLines(output, true)]);
    await presenter.handle(record(2, 'web1', 'half a line'));
    expect(JSON.parse(output.text())).toMatchObject({ data: 'half a line' });
  });
});
