import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Progress } from '../../../src/model/job.ts';
import { commandKind } from '../../../src/work/command.ts';
import { commandSpec } from '../../../src/work/kinds.ts';
import { outputFilter, type OutputFlags } from '../../../src/work/output/output-filter.ts';
import { doWork, startRig, type Rig, type Written } from '../rig.ts';

interface Filtered {
  /** Pieces of one stream that follow each other in one, but for structured ones. */
  readonly records: readonly Written[];
  readonly progress: readonly Progress[];
}

function filtered(flags: OutputFlags, pieces: readonly (Buffer | string)[]): Filtered {
  const records: Written[] = [];
  const progress: Progress[] = [];
  const filter = outputFilter(flags, {
    write: (stream, data, structured) => {
      expect(data.byteLength).toBeGreaterThan(0);
      const text = Buffer.from(data).toString('latin1');
      const last = records.at(-1);
      const isMore = last?.stream === stream && stream === 'output';
      if (isMore && !last.structured && structured !== true) {
        records[records.length - 1] = { ...last, text: last.text + text };
      } else records.push({ stream, text, structured: structured === true });
    },
    progress: (said) => void progress.push(said),
  });
  for (const piece of pieces) filter?.take('output', Buffer.from(piece));
  filter?.end();
  return { records, progress };
}

const MARKERS: OutputFlags = { markers: true, records: false };
const RECORDS: OutputFlags = { markers: false, records: true };
const BOTH: OutputFlags = { markers: true, records: true };

function out(text: string): Written {
  return { stream: 'output', text, structured: false };
}

function object(text: string): Written {
  return { stream: 'output', text, structured: true };
}

/** Lines that are something, lines that almost are, and ends of lines. */
const word = fc.constantFrom(
  '::warning::',
  '::verbose::',
  '::debug::',
  '::information::',
  '::progress 40::',
  '::progress 12.5::',
  '::progress ',
  '::warn',
  '::warning ::',
  '::',
  ':',
  '{"a":1}',
  '{"a":',
  '{}',
  '}',
  ' ',
  '\t{"b":[{}]}',
  '\n',
  '\n',
  '\r\n',
  'text',
  'é',
  '\u0000',
  'x'.repeat(70),
);
const bytes = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(word, { maxLength: 40 }).map((all) => Buffer.from(all.join(''))),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((all) => Buffer.from(all)) },
);

function cut(data: Buffer, places: readonly number[]): readonly Buffer[] {
  const sorted = [0, ...places.map((place) => place % (data.length + 1)), data.length];
  sorted.sort((a, b) => a - b);
  return sorted.slice(1).map((end, index) => data.subarray(sorted[index], end));
}

describe.each([
  ['markers', MARKERS],
  ['records', RECORDS],
  ['both', BOTH],
] as const)('what is picked out of the output, %s,', (_, flags) => {
  test('does not depend on how the bytes are cut into pieces', () => {
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(), { maxLength: 20 }), (data, places) => {
        const whole = filtered(flags, [data]);
        expect(filtered(flags, cut(data, places))).toEqual(whole);
        expect(filtered(flags, cut(data, [...data.keys()]))).toEqual(whole);
      }),
      { numRuns: 400 },
    );
  });

  test('is what a reader of whole lines would pick, and the rest is as it was', () => {
    fc.assert(
      fc.property(bytes, (data) => {
        expect(filtered(flags, [data]).records).toEqual(byLines(flags, data.toString('latin1')));
      }),
      { numRuns: 400 },
    );
  });
});

/** The same said as plainly as can be, over the whole text. */
function byLines({ markers, records }: OutputFlags, all: string): readonly Written[] {
  const found: Written[] = [];
  for (const line of all.match(/[^\n]*\n|[^\n]+$/gu) ?? []) {
    const marker = markers
      ? /^::(?:(warning|verbose|debug|information)|progress ([\d.]+))::([^]*?)\r?\n$/u.exec(line)
      : null;
    const last = found.at(-1);
    if (marker !== null) {
      const [, word_, percent, text = ''] = marker;
      const stream = (word_ ?? 'progress') as Written['stream'];
      const said = percent === undefined ? text : `${percent}%${text === '' ? '' : ` ${text}`}`;
      found.push({ stream, text: `${said}\n`, structured: false });
    } else if (records && isObject(line)) found.push(object(line));
    else if (last?.stream === 'output' && !last.structured) {
      found[found.length - 1] = out(last.text + line);
    } else found.push(out(line));
  }
  return found;
}

function isObject(line: string): boolean {
  try {
    const value: unknown = JSON.parse(Buffer.from(line, 'latin1').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    // Then it is none.
    return false;
  }
}

describe('a marker', () => {
  test.each([
    ['::warning::disk full\n', 'warning', 'disk full\n'],
    ['::verbose::\n', 'verbose', '\n'],
    ['::debug::::debug::x\n', 'debug', '::debug::x\n'],
    ['::information::a\tb\r\n', 'information', 'a\tb\n'],
    ['::progress 40::half way\n', 'progress', '40% half way\n'],
    ['::progress 40::\n', 'progress', '40%\n'],
    ['::progress 99.5::x\n', 'progress', '99.5% x\n'],
    ['::progress 140::x\n', 'progress', '100% x\n'],
    ['::progress -3::x\n', 'progress', '0% x\n'],
    ['::progress 007::x\r\n', 'progress', '7% x\n'],
  ])('%j is a record of the stream %s', (line, stream, text) => {
    const { records } = filtered(MARKERS, [`before\n${line}after\n`]);
    expect(records).toEqual([out('before\n'), { stream, text, structured: false }, out('after\n')]);
  });

  test.each([
    'x::warning::text\n',
    ' ::warning::text\n',
    '::warning ::text\n',
    '::Warning::text\n',
    '::warning:text\n',
    '::warning::no line feed',
    '::error::text\n',
    '::progress::text\n',
    '::progress  40::text\n',
    '::progress 40%::text\n',
    '::progress 1e1::text\n',
    `::progress ${'1'.repeat(100)}::text\n`,
    '::progress .::text\n',
    '::\n::\n:\n',
    `::warning::${'x'.repeat(65_536)}\n`,
  ])('%.40j is none', (line) => {
    expect(filtered(MARKERS, ['before\r\n', line]).records).toEqual([out(`before\r\n${line}`)]);
  });

  test('of progress says how far the command is, in safe text', () => {
    const { progress } = filtered(MARKERS, ['::progress 12.5::a\u001B[2Jb\n::progress 200::\n']);
    expect(progress).toEqual([
      { percent: 12.5, text: 'a^[[2Jb' },
      { percent: 100, text: '' },
    ]);
  });

  test('of 64 KB is the longest, and no more than that is ever held back', () => {
    const head = '::warning::';
    const text = 'x'.repeat(65_536 - head.length - 1);
    const { records } = filtered(MARKERS, [head, text, '\n']);
    expect(records).toEqual([{ stream: 'warning', text: `${text}\n`, structured: false }]);
    let held = 0;
    const filter = outputFilter(MARKERS, {
      write: (_, data) => {
        held -= data.byteLength;
      },
      progress: () => undefined,
    });
    for (let sent = 0; sent < 300_000; sent += 1_000) {
      const piece = Buffer.from(sent === 0 ? head + 'x'.repeat(989) : 'x'.repeat(1_000));
      held += piece.length;
      filter?.take('output', piece);
      expect(held).toBeLessThanOrEqual(65_536);
    }
    expect(held).toBe(0);
  });

  test('on stderr is none', () => {
    const records: string[] = [];
    const filter = outputFilter(BOTH, {
      write: (stream, data) => void records.push(`${stream} ${Buffer.from(data).toString()}`),
      progress: () => undefined,
    });
    filter?.take('error', Buffer.from('::warning::x\n{}\n'));
    filter?.end();
    expect(records).toEqual(['error ::warning::x\n{}\n']);
  });
});

describe('a structured record', () => {
  test('is a line with one JSON object, blanks and line end included', () => {
    const text = 'a\n{"x":1}\n \t{"y":{"z":[]}} \r\n{}\nb\n{"last":true}';
    expect(filtered(RECORDS, [text]).records).toEqual([
      out('a\n'),
      object('{"x":1}\n'),
      object(' \t{"y":{"z":[]}} \r\n'),
      object('{}\n'),
      out('b\n'),
      object('{"last":true}'),
    ]);
  });

  test.each([
    '[1]\n',
    '1\n',
    'null\n',
    '{"a":1},\n',
    '{"a":1}{"b":2}\n',
    '{a:1}\n',
    '{"a":1\n',
    '\u00A0{}\n',
    `${' '.repeat(300)}{}\n`,
    `{"a":"${'x'.repeat(1_048_576)}"}\n`,
    `${'{"a":'.repeat(101)}1${'}'.repeat(101)}\n`,
    `${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}\n`,
    `{"a":${'['.repeat(500_000)}${']'.repeat(500_000)}}\n`,
  ])('%.30j is none', (line) => {
    const data = Buffer.from(line);
    expect(filtered(RECORDS, [data]).records).toEqual([out(data.toString('latin1'))]);
  });

  test('is UTF-8', () => {
    const broken = Buffer.from([...Buffer.from('{"a":"'), 0xff, ...Buffer.from('"}\n')]);
    expect(filtered(RECORDS, [broken]).records).toEqual([out(broken.toString('latin1'))]);
    const whole = Buffer.from('{"a":"é"}\n');
    expect(filtered(RECORDS, [whole]).records).toEqual([object(whole.toString('latin1'))]);
  });

  test('and markers go together, each in its place', () => {
    const text = 'a\n::warning::{"x":1}\n{"y":2}\n::progress 50::\n{"z"';
    expect(filtered(BOTH, [text]).records).toEqual([
      out('a\n'),
      { stream: 'warning', text: '{"x":1}\n', structured: false },
      object('{"y":2}\n'),
      { stream: 'progress', text: '50%\n', structured: false },
      out('{"z"'),
    ]);
  });
});

test('without flags nothing stands between a command and its records', () => {
  const sink = { write: () => undefined, progress: () => undefined };
  expect(outputFilter({ markers: false, records: false }, sink)).toBe(null);
});

test('half a million plain lines take no longer than a moment', () => {
  const data = Buffer.from('a line of output like any other\n'.repeat(32_768));
  const from = performance.now();
  let seen = 0;
  const filter = outputFilter(BOTH, {
    write: (_, piece) => {
      seen += piece.byteLength;
    },
    progress: () => undefined,
  });
  for (let round = 0; round < 16; round += 1) filter?.take('output', data);
  filter?.end();
  expect(seen).toBe(16 * data.length);
  expect(performance.now() - from).toBeLessThan(1_000);
});

describe('a command', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  const COMMAND = `printf '::warning::careful\\n{"a":1}\\nplain\\n::progress 30::on\\nlast'; echo '::debug::no' >&2`;

  async function run(flags: Partial<OutputFlags>): Promise<readonly Written[]> {
    const connection = await rig.connect();
    const target = connection.target;
    const doing = doWork(commandKind, commandSpec(COMMAND, flags), {
      target,
      connect: () => Promise.resolve(connection),
    });
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.error()).toBe('::debug::no\n');
    return doing.records.filter(({ stream }) => stream !== 'error');
  }

  test('says what it marks on its own streams, to the last byte', async () => {
    expect(await run({ markers: true, records: true })).toEqual([
      { stream: 'warning', text: 'careful\n', structured: false },
      object('{"a":1}\n'),
      out('plain\n'),
      { stream: 'progress', text: '30% on\n', structured: false },
      out('last'),
    ]);
  });

  test('without flags is recorded as it came', async () => {
    const whole = '::warning::careful\n{"a":1}\nplain\n::progress 30::on\nlast';
    const records = await run({});
    expect(records.map(({ text }) => text).join('')).toBe(whole);
    expect(new Set(records.map(({ stream }) => stream))).toEqual(new Set(['output']));
  });
});
