import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STREAM_NAMES } from '../../src/model/record.ts';
import { lineSinks, live } from '../../src/presenters/live.ts';
import { compose, type Written } from '../../src/presenters/part.ts';
import { createRawLines } from '../../src/presenters/raw-lines.ts';
import { child, end, job, memory, record, state, type MemoryOutput } from './events.ts';

interface View {
  readonly stdout: MemoryOutput;
  readonly stderr: MemoryOutput;
  readonly presenter: Written;
}

const EVERY = new Set(STREAM_NAMES);
const label = (_: number, host: string): string => host;

function view(kind: Parameters<typeof memory>[0] = {}, noPrefix = false): View {
  const stdout = memory(kind);
  const stderr = memory(kind);
  return {
    stdout,
    stderr,
    presenter: compose([live(lineSinks(stdout, stderr), { noPrefix, label, streams: EVERY })]),
  };
}

const TERMINAL = { terminal: true };
const COLOUR = { terminal: true, colour: true };

describe('what is not written yet', () => {
  test('is the record in which the open line of a child began, of each stream', async () => {
    const { presenter } = view();
    await presenter.handle(record(2, 'web1', 'one\ntw', 'output', 1));
    await presenter.handle(record(2, 'web1', 'o and', 'output', 2));
    await presenter.handle(record(2, 'web1', 'oh', 'error', 3));
    await presenter.handle(record(3, 'web2', 'three\n', 'output', 1));
    expect([presenter.unwritten(2), presenter.unwritten(3)]).toEqual([[1, 3], []]);
    await presenter.handle(record(2, 'web1', ' more\nfo', 'output', 4));
    expect(presenter.unwritten(2)).toEqual([4, 3]);
    await presenter.handle(state(2, 'web1', 'Completed'));
    expect(presenter.unwritten(2)).toEqual([]);
  });

  test('are whole lines too, behind another child’s long one', async () => {
    const stdout = memory();
    const raw = createRawLines(stdout, 8);
    const sink = { open: (prefix: string) => raw.open(prefix), colour: false };
    const lines = compose([
      live({ stdout: sink, stderr: sink }, { noPrefix: true, label, streams: EVERY }),
    ]);
    await lines.handle(record(2, 'web1', '123456789', 'output', 1));
    await lines.handle(record(3, 'web2', 'a\n', 'output', 1));
    await lines.handle(record(3, 'web2', 'b\n', 'output', 2));
    expect([lines.unwritten(2), lines.unwritten(3)]).toEqual([[], [1]]);
    await lines.handle(record(2, 'web1', '\n', 'output', 2));
    await lines.handle(record(3, 'web2', 'c\n', 'output', 3));
    expect([lines.unwritten(3), stdout.text()]).toEqual([[], '123456789\na\nb\nc\n']);
  });
});

describe('lines', () => {
  test('output goes to stdout and error to stderr, each line after its host', async () => {
    const { stdout, stderr, presenter } = view();
    await presenter.handle(record(2, 'web1', 'one\ntwo\n'));
    await presenter.handle(record(3, 'web2', 'oh\n', 'error'));
    await presenter.handle(record(2, 'web1', 'note\n', 'warning'));
    expect(stdout.text()).toBe('web1: one\nweb1: two\n');
    expect(stderr.text()).toBe('web2: oh\nweb1: warning: note\n');
  });

  test.each([
    ['a pipe', {}],
    ['a terminal', TERMINAL],
  ])('on %s a line is held until it is whole, so lines of two hosts never mix', async (_, kind) => {
    const { stdout, presenter } = view(kind);
    await presenter.handle(record(2, 'web1', 'al'));
    await presenter.handle(record(3, 'web2', 'be'));
    expect(stdout.text()).toBe('');
    await presenter.handle(record(2, 'web1', 'pha\nga'));
    await presenter.handle(record(3, 'web2', 'ta\n'));
    await presenter.handle(record(2, 'web1', 'mma\n'));
    expect(stdout.text()).toBe('web1: alpha\nweb2: beta\nweb1: gamma\n');
  });

  test.each([
    ['a pipe', {}],
    ['a terminal', TERMINAL],
  ])('on %s a last line without a newline gets one when its child ends', async (_, kind) => {
    const { stdout, stderr, presenter } = view(kind);
    await presenter.handle(record(2, 'web1', 'half'));
    await presenter.handle(record(2, 'web1', 'also', 'error'));
    await presenter.handle(record(3, 'web2', 'open'));
    await presenter.handle(state(2, 'web1', 'Completed'));
    expect([stdout.text(), stderr.text()]).toEqual(['web1: half\n', 'web1: also\n']);
    await presenter.handle(end(job([child('web1'), child('web2')])));
    expect(stdout.text()).toBe('web1: half\nweb2: open\n');
  });

  test.each([
    ['a pipe', {}],
    ['a terminal', TERMINAL],
  ])('on %s empty lines keep their place', async (_, kind) => {
    const { stdout, presenter } = view(kind);
    await presenter.handle(record(2, 'web1', '\n\na\n'));
    expect(stdout.text()).toBe('web1: \nweb1: \nweb1: a\n');
  });

  test('without prefixes the lines stand alone', async () => {
    const { stdout, presenter } = view({}, true);
    await presenter.handle(record(2, 'web1', 'a\nb'));
    await presenter.handle(state(2, 'web1', 'Completed'));
    expect(stdout.text()).toBe('a\nb\n');
  });

  test('a host name is made safe and stands as it is, whatever it holds', async () => {
    const { stdout, presenter } = view();
    await presenter.handle(record(2, 'a\u001B[2J$&', 'x\ny\n'));
    expect(stdout.text()).toBe('a^[[2J$&: x\na^[[2J$&: y\n');
  });

  test('prefixes are coloured on a terminal with colour only', async () => {
    const { stdout, stderr, presenter } = view(COLOUR);
    await presenter.handle(record(2, 'web1', 'x\n'));
    await presenter.handle(record(2, 'web1', 'y\n', 'error'));
    expect(stdout.text()).toBe('\u001B[36mweb1\u001B[0m: x\n');
    expect(stderr.text()).toBe('\u001B[31mweb1\u001B[0m: y\n');
  });
});

describe('F31 and F32: bytes that are no text', () => {
  test('a pipe gets every byte value as it came', async () => {
    const { stdout, presenter } = view({}, true);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
    for (let index = 0; index < 256; index += 7) {
      await presenter.handle(record(2, 'web1', bytes.subarray(index, index + 7)));
    }
    await presenter.handle(state(2, 'web1', 'Completed'));
    expect(stdout.bytes().equals(Buffer.concat([bytes, Buffer.from('\n')]))).toBe(true);
  });

  test('behind a prefix too', async () => {
    const { stdout, presenter } = view();
    const line = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0d, 0xc3]);
    await presenter.handle(record(2, 'höst', Buffer.concat([line, Buffer.from('\n'), line])));
    await presenter.handle(state(2, 'höst', 'Completed'));
    const expected = Buffer.concat([Buffer.from('höst: '), line, Buffer.from('\n')]);
    expect(stdout.bytes().equals(Buffer.concat([expected, expected]))).toBe(true);
  });

  test('a terminal gets replacement characters', async () => {
    const { stdout, presenter } = view(TERMINAL);
    await presenter.handle(record(2, 'web1', Buffer.from([0x61, 0xff, 0xfe, 0x62, 0x0a])));
    expect(stdout.text()).toBe('web1: a\uFFFD\uFFFDb\n');
  });

  test("whatever the packets, each host's bytes come out in order and whole", async () => {
    const piece = fc.record({
      host: fc.nat(2),
      data: fc
        .uint8Array({ maxLength: 6 })
        .map((bytes) => bytes.map((byte) => (byte < 64 ? 10 : byte))),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 40 }), fc.nat(12), async (pieces, limit) => {
        const output = memory();
        const sink = createRawLines(output, limit + 1);
        const writers = ['a', 'b', 'c'].map((name) => sink.open(`${name}:`));
        for (const { host, data } of pieces) await writers[host]?.push(data);
        for (const writer of writers) await writer.end();
        const lines = output.bytes().toString('latin1').split('\n').slice(0, -1);
        for (const [index, name] of ['a', 'b', 'c'].entries()) {
          const sent = Buffer.concat(
            pieces.filter(({ host }) => host === index).map(({ data }) => data),
          );
          const got = lines
            .filter((line) => line.startsWith(`${name}:`))
            .map((line) => line.slice(2));
          // A long line may have been broken, so newlines are not compared here.
          expect(got.join('')).toBe(sent.toString('latin1').replaceAll('\n', ''));
        }
        expect(lines.every((line) => /^[abc]:/u.test(line))).toBe(true);
      }),
    );
  });

  test('where lines fit, newlines are as they came too', async () => {
    const data = fc.array(fc.constantFrom('x', 'yy', '\n', 'z\n', 'é'), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(data, async (pieces) => {
        const { stdout, presenter } = view();
        for (const piece of pieces) await presenter.handle(record(2, 'h', piece));
        await presenter.handle(state(2, 'h', 'Completed'));
        const whole = pieces.join('');
        const closed = whole === '' || whole.endsWith('\n') ? whole : `${whole}\n`;
        expect(stdout.text()).toBe(closed.replaceAll(/^(?=[^])/gmu, 'h: '));
      }),
    );
  });
});

describe('F33: a character split over two packets', () => {
  test('is one character on a terminal', async () => {
    const { stdout, presenter } = view(TERMINAL);
    const bytes = Buffer.from('naïve €5 😀\n');
    for (const byte of bytes) await presenter.handle(record(2, 'web1', Uint8Array.of(byte)));
    expect(stdout.text()).toBe('web1: naïve €5 😀\n');
  });
});

describe('F34: escape sequences in output', () => {
  test('a terminal shows them, and a pipe gets them as they came', async () => {
    const hostile = '\u001B]0;title\u0007\u001B[2J\u009B31m\u202Eevil\n';
    const terminal = view(TERMINAL);
    await terminal.presenter.handle(record(2, 'web1', hostile));
    expect(terminal.stdout.text()).toBe('web1: ^[]0;title^G^[[2J<U+009B>31m<U+202E>evil\n');
    const pipe = view();
    await pipe.presenter.handle(record(2, 'web1', hostile));
    expect(pipe.stdout.text()).toBe(`web1: ${hostile}`);
  });

  test('a terminal gets the same whether lines come one by one or together', async () => {
    const line = fc.array(fc.constantFrom('a', 'é', '\u001B[31m', '\r', '\t', '\u202E'), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1 }), fc.boolean(), async (lines, colour) => {
        const texts = lines.map((parts) => `${parts.join('')}\n`);
        const [together, apart] = [view({ ...TERMINAL, colour }), view({ ...TERMINAL, colour })];
        await together.presenter.handle(record(2, 'web1', texts.join('')));
        for (const byte of Buffer.from(texts.join(''))) {
          await apart.presenter.handle(record(2, 'web1', Uint8Array.of(byte)));
        }
        expect(together.stdout.text()).toBe(apart.stdout.text());
      }),
    );
  });

  test('colour passes where the terminal wants it, and ends with its line', async () => {
    const { stdout, presenter } = view(COLOUR, true);
    await presenter.handle(record(2, 'web1', '\u001B[31mred\u001B[K\nplain\n'));
    expect(stdout.text()).toBe('\u001B[31mred^[[K\u001B[0m\nplain\n');
    const plain = view(TERMINAL, true);
    await plain.presenter.handle(record(2, 'web1', '\u001B[31mred\n'));
    expect(plain.stdout.text()).toBe('^[[31mred\n');
  });

  test('a carriage return before the newline is part of the ending, any other is shown', async () => {
    const { stdout, presenter } = view(TERMINAL);
    await presenter.handle(record(2, 'web1', 'dos\r'));
    await presenter.handle(record(2, 'web1', '\n 5%\r10%\r\n'));
    expect(stdout.text()).toBe('web1: dos\nweb1:  5%^M10%\n');
  });
});

describe('F36: a line of 1 MB', () => {
  const LINE = Buffer.alloc(1024 * 1024, 'x');

  test('a terminal gets 64 kB of it and the count of what is missing', async () => {
    const { stdout, presenter } = view(TERMINAL);
    for (let index = 0; index < LINE.length; index += 32_768) {
      await presenter.handle(record(2, 'web1', LINE.subarray(index, index + 32_768)));
    }
    await presenter.handle(record(2, 'web1', '\nnext\n'));
    expect(stdout.text()).toBe(`web1: ${'x'.repeat(65_536)}… 983040 bytes more\nweb1: next\n`);
  });

  test('in one piece as well', async () => {
    const { stdout, presenter } = view(TERMINAL);
    await presenter.handle(record(2, 'web1', Buffer.concat([LINE, Buffer.from('\n')])));
    expect(stdout.text()).toBe(`web1: ${'x'.repeat(65_536)}… 983040 bytes more\n`);
  });

  test('a line of just 64 kB is whole', async () => {
    const { stdout, presenter } = view(TERMINAL);
    await presenter.handle(record(2, 'web1', LINE.subarray(0, 65_536)));
    await presenter.handle(record(2, 'web1', '\n'));
    expect(stdout.text()).toBe(`web1: ${'x'.repeat(65_536)}\n`);
  });

  test('the cut falls between characters, and the count is of bytes', async () => {
    const { stdout, presenter } = view(TERMINAL, true);
    await presenter.handle(record(2, 'web1', Buffer.from(`x${'é'.repeat(40_000)}`)));
    await presenter.handle(record(2, 'web1', '\n'));
    expect(stdout.text()).toBe(`x${'é'.repeat(32_767)}… ${80_001 - 65_535} bytes more\n`);
  });

  test('a carriage return where the cut falls is no line ending', async () => {
    const { stdout, presenter } = view(TERMINAL, true);
    await presenter.handle(record(2, 'web1', `${'x'.repeat(65_535)}\rrest\n`));
    expect(stdout.text()).toBe(`${'x'.repeat(65_535)}^M… 4 bytes more\n`);
  });

  test('a pipe gets it whole', async () => {
    const { stdout, presenter } = view();
    for (let index = 0; index < LINE.length; index += 30_000) {
      await presenter.handle(record(2, 'web1', LINE.subarray(index, index + 30_000)));
      await presenter.handle(record(3, 'web2', `line ${index}\n`));
    }
    await presenter.handle(state(2, 'web1', 'Completed'));
    const lines = stdout.text().split('\n');
    expect(lines.filter((line) => line === `web1: ${LINE.toString()}`)).toHaveLength(1);
    expect(lines.filter((line) => /^web2: line \d+$/u.test(line))).toHaveLength(35);
    expect(lines).toHaveLength(37);
  });
});

describe('a line longer than what may be held', () => {
  test('is written on as it comes, while whole lines of others wait for its end', async () => {
    const output = memory();
    const sink = createRawLines(output, 10);
    const [long, other] = [sink.open('a: '), sink.open('b: ')];
    await long.push(Buffer.from('0123456789ab'));
    expect(output.text()).toBe('a: 0123456789ab');
    await other.push(Buffer.from('wait\n'));
    await long.push(Buffer.from('cd'));
    expect(output.text()).toBe('a: 0123456789abcd');
    await long.push(Buffer.from('e\nnext\n'));
    expect(output.text()).toBe('a: 0123456789abcde\nb: wait\na: next\n');
  });

  test('is broken with a newline when the others would have to wait for more than that too', async () => {
    const output = memory();
    const sink = createRawLines(output, 10);
    const [long, other] = [sink.open('a: '), sink.open('b: ')];
    await long.push(Buffer.from('0123456789ab'));
    await other.push(Buffer.from('first\n'));
    await other.push(Buffer.from('second\n'));
    expect(output.text()).toBe('a: 0123456789ab\nb: first\nb: second\n');
    await long.push(Buffer.from('cd\n'));
    expect(output.text()).toBe('a: 0123456789ab\nb: first\nb: second\na: cd\n');
  });

  test('leaves no trace in what may be held once it is over', async () => {
    const output = memory();
    const sink = createRawLines(output, 10);
    const [long, other] = [sink.open('a: '), sink.open('b: ')];
    await long.push(Buffer.from('0123456789ab'));
    await other.push(Buffer.from('wait\n'));
    await long.push(Buffer.from('\n'));
    await other.push(Buffer.from('12345678'));
    expect(output.text()).toBe('a: 0123456789ab\nb: wait\n');
  });

  test('gets its newline when its child ends, and then the others follow', async () => {
    const output = memory();
    const sink = createRawLines(output, 10);
    const [long, other] = [sink.open('a: '), sink.open('b: ')];
    await long.push(Buffer.from('0123456789ab'));
    await other.push(Buffer.from('wait\n'));
    await long.end();
    await other.end();
    expect(output.text()).toBe('a: 0123456789ab\nb: wait\n');
  });
});
