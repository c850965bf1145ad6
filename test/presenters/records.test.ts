import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { JobEvent } from '../../src/model/event.ts';
import type { Json } from '../../src/model/json.ts';
import {
  createPresenter,
  type OutputMode,
  type PresenterOptions,
} from '../../src/presenters/create.ts';
import {
  child,
  end,
  failed,
  fold,
  job,
  memory,
  record,
  structured,
  type MemoryOutput,
} from './events.ts';

async function show(
  mode: OutputMode,
  events: readonly JobEvent[],
  options: Partial<PresenterOptions> = {},
): Promise<{ stdout: string; stderr: string }> {
  const [stdout, stderr]: MemoryOutput[] = [memory(), memory()];
  if (stdout === undefined || stderr === undefined) throw new Error('no output');
  const presenter = createPresenter(mode, {
    stdout,
    stderr,
    fold,
    clock: systemClock,
    total: 2,
    noPrefix: false,
    quiet: true,
    verbosity: 0,
    outputDir: null,
    ...options,
  });
  for (const event of events) await presenter.handle(event);
  return { stdout: stdout.text(), stderr: stderr.text() };
}

const END = end(job([child('web1'), child('web2')]));
const EVENTS: readonly JobEvent[] = [
  structured(3, 'web2', { package: 'curl', status: 'installed', disk: { free: 12 } }),
  structured(2, 'web1', { package: 'bash', status: 'installed', disk: { free: 7 } }),
  record(2, 'web1', 'some text\n'),
  structured(2, 'web1', { package: 'vim', status: 'missing', note: null, tags: ['a', 'b'] }),
  END,
];

describe('a table of structured records', () => {
  test('has a row for each, in target order, Host first, and every field in the order it came up', async () => {
    const { stdout } = await show('table', EVENTS);
    expect(stdout).toBe(
      `Host  package  status     disk         note  tags
web1  bash     installed  {"free":7}
web1  vim      missing                 null  ["a","b"]
web2  curl     installed  {"free":12}
`,
    );
  });

  test('has the columns that were chosen, paths among them; numbers stand right', async () => {
    const { stdout } = await show('table', EVENTS, { columns: ['disk.free', 'package', 'none'] });
    expect(stdout).toBe(
      `Host  disk.free  package  none
web1          7  bash
web1             vim
web2         12  curl
`,
    );
  });

  test('has Host where it was chosen', async () => {
    const { stdout } = await show('table', EVENTS, { columns: ['package', 'host'] });
    expect(stdout.split('\n').slice(0, 2)).toEqual(['package  host', 'bash     web1']);
  });

  test('in groups has a table for each value, in the order they came up, under the value', async () => {
    const { stdout } = await show('table', EVENTS, { columns: ['package'], groupBy: 'status' });
    expect(stdout).toBe(
      `
   status: installed

Host  package
web1  bash
web2  curl

   status: missing

Host  package
web1  vim
`,
    );
  });

  test('takes a field of that very name before a path, and only what is in the record itself', async () => {
    const events = [structured(2, 'web1', { 'a.b': 1, a: { b: 2 } }), END];
    expect((await show('table', events, { columns: ['a.b'] })).stdout).toContain('web1    1\n');
    const { stdout } = await show('table', events, { columns: ['toString', 'a.constructor'] });
    expect(stdout).toBe('Host  toString  a.constructor\nweb1\n');
  });

  test('has titles alone where columns were chosen and nothing was structured', async () => {
    const { stdout } = await show('table', [record(2, 'web1', 'text\n'), END], { columns: ['a'] });
    expect(stdout).toBe('Host  a\n');
  });

  test('leaves a job without structured records as it is', async () => {
    const { stdout } = await show('table', [record(2, 'web1', '{"a":1}\n'), END]);
    expect(stdout.split('\n')[0]).toBe('Host  State      ExitCode  Duration  Message');
  });

  test('tells who failed where no summary does', async () => {
    const failing = end(job([child('web1'), failed('web2', 'exit-code', 'exit code 7')]));
    const events = [structured(2, 'web1', { a: 1 }), failing];
    expect(await show('table', events)).toEqual({
      stdout: 'Host  a\nweb1  1\n',
      stderr: 'muster: web2: failed: exit code 7\n',
    });
  });

  test('is safe text of one line a row, whatever names and values hold', async () => {
    const hostile = 'x\u001B[2J\ny\u202E';
    const events = [structured(2, 'web1', { [hostile]: hostile, list: [hostile] }), END];
    for (const groupBy of [null, hostile]) {
      const { stdout } = await show('table', events, { groupBy });
      expect(stdout).not.toMatch(/[\u001B\u202E]/u);
      expect(
        stdout
          .trimEnd()
          .split('\n')
          .filter((line) => line.startsWith('web1')),
      ).toHaveLength(1);
    }
  });

  test('of any objects has as many rows as there are objects', async () => {
    const value = fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<Json>, { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 6 }), async (values) => {
        const events = [...values.map((each) => structured(2, 'web1', each)), END];
        const { stdout } = await show('table', events);
        expect(stdout.split('\n')).toHaveLength(values.length + 2);
      }),
      { numRuns: 200 },
    );
  });
});

describe('structured records as JSON', () => {
  type Doc = { children: Record<string, unknown>[] };

  test('are objects under records, and not in output; a job without any has no such key', async () => {
    const { stdout } = await show('json', EVENTS);
    const [first, second] = (JSON.parse(stdout) as Doc).children;
    expect(first).toMatchObject({
      output: 'some text\n',
      records: [
        { package: 'bash', status: 'installed', disk: { free: 7 } },
        { package: 'vim', status: 'missing', note: null, tags: ['a', 'b'] },
      ],
    });
    expect(second).toMatchObject({ output: '', records: [{ package: 'curl' }] });
    const plain = await show('json', [record(2, 'web1', '{}\n'), END]);
    expect((JSON.parse(plain.stdout) as Doc).children[0]).not.toHaveProperty('records');
  });

  test('a child that gave none has an empty list, in a job that has some', async () => {
    const { stdout } = await show('json', [structured(2, 'web1', { a: 1 }), END]);
    expect((JSON.parse(stdout) as Doc).children[1]).toMatchObject({ records: [] });
  });

  test('numbers stay as the host wrote them', async () => {
    const text = '{"n":12345678901234567890.10}';
    expect((await show('json', [structured(2, 'web1', text), END])).stdout).toContain(`[${text}]`);
    expect((await show('jsonl', [structured(2, 'web1', text)])).stdout).toContain(
      `"value":${text}}`,
    );
  });

  test('what says that it is structured and is not an object is text', async () => {
    for (const text of ['{"a":', '[1]', '7', 'null', '{"a":1}{"b":2}']) {
      const { stdout } = await show('json', [structured(2, 'web1', text), END]);
      const [first] = (JSON.parse(stdout) as Doc).children;
      expect([first?.['output'], first?.['records']]).toEqual([`${text}\n`, undefined]);
    }
  });

  test('jsonl has data as it came, and the object as value', async () => {
    const { stdout } = await show('jsonl', [
      structured(2, 'web1', { a: 'é' }),
      record(2, 'web1', 'x'),
    ]);
    const [first, second] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(first).toMatchObject({ stream: 'output', data: '{"a":"é"}\n', value: { a: 'é' } });
    expect(second).not.toHaveProperty('value');
  });

  test('on a terminal have no character that one obeys, and mean the same', async () => {
    const value = { a: '\u009B2J\u202E', 'b\u007F': 1 };
    const spaced = JSON.stringify(value).replace(',', ',\r\t');
    for (const mode of ['json', 'jsonl'] as const) {
      const stdout = memory({ terminal: true });
      await show(mode, [structured(2, 'web1', spaced), END], { stdout });
      expect(stdout.text()).not.toMatch(/[\u007F-\u009F\u202E\r\t]/u);
      const first = mode === 'json' ? stdout.text() : stdout.text().split('\n')[0];
      expect(JSON.stringify(JSON.parse(first ?? ''))).toContain(JSON.stringify(value));
    }
  });
});
