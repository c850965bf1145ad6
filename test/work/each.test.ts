import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/model/errors.ts';
import { eachLocalKind } from '../../src/work/each-local.ts';
import { eachKind } from '../../src/work/each.ts';
import { eachLocalSpec, eachSpec } from '../../src/work/kinds.ts';
import { localTarget } from '../../src/model/target.ts';
import { doWork, GONE, installed, startRig, type Doing, type Rig } from './rig.ts';
import { eventually } from '../helpers/eventually.ts';

const HERE = localTarget('me');

function here(words: readonly string[], item: string): Doing {
  const spec = eachLocalSpec(words, { cwd: '/', env: process.env });
  return doWork(eachLocalKind, spec, { target: HERE, item });
}

function describedHere(words: readonly string[], item: string | null): string {
  const spec = eachLocalKind.parse(eachLocalSpec(words, { cwd: '/', env: {} }));
  return eachLocalKind.describe(spec, item);
}

/** Anything that can stand in a line, and what shells trip over more often than chance would bring it. */
const ITEM = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(
        ...'\'"\\!$`#;&|<>(){}[]*?~^%=-+ \t\u0001\u007F\u001B'.split(''),
        '$(',
        '{}',
        '-n',
        '\n',
      ),
      fc.string({ unit: 'binary', maxLength: 2 }),
    ),
    minLength: 1,
  })
  .filter((text) => text !== '' && !text.includes('\0'));

/** As bytes, as the rig has them. */
function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}

describe('a program for each item', () => {
  test('gets the item in each word where {} stands, or as its last one', () => {
    expect(describedHere(['cp', '{}', '/to/{}.bak'], 'a b')).toBe('cp a b /to/a b.bak');
    expect(describedHere(['ls', '-l'], 'a b')).toBe('ls -l a b');
    expect(describedHere(['{}'], 'ls')).toBe('ls');
    expect(describedHere(['ls -l'], 'a b')).toBe("ls -l 'a b'");
    expect(describedHere(['ls {} | wc'], 'a b')).toBe("ls 'a b' | wc");
    expect(describedHere(['sh', '-c', 'ls {}'], 'a b')).toBe("sh -c ls 'a b'");
    expect(describedHere(['sh', '-c', 'ls "$@"', 'sh', '{}'], 'a b')).toBe('sh -c ls "$@" sh a b');
    expect(describedHere(['sh', '-c', 'ls "$@"', 'sh'], 'a b')).toBe('sh -c ls "$@" sh a b');
    expect(describedHere(['ls {} | wc'], null)).toBe('ls {} | wc');
    expect(eachLocalKind.jobType).toBe('LocalJob');
  });

  test('gets it byte for byte, and no shell sees it', async () => {
    await fc.assert(
      fc.asyncProperty(ITEM, async (item) => {
        const doing = here(['/usr/bin/printf', '%s\\0', '{}', '<{}{}>'], item);
        expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
        const words = Buffer.from(doing.output(), 'latin1').toString().split('\0');
        expect(words).toEqual([item, `<${item}${item}>`, '']);
      }),
      { numRuns: 25 },
    );
  });

  test.each([
    [['printf "<%s>" {}']],
    [['printf "<%s>" "{}"']],
    [["printf '<%s>'"]],
    [['printf', '<%s>', '{}']],
    ...installed('sh', 'dash', 'bash', 'zsh').map((shell) => [[shell, '-c', 'printf "<%s>" {}']]),
    [['sh', '-c', 'printf "<%s>" "$1"', 'sh', '{}']],
  ])('gets it byte for byte by %j', async (words) => {
    await fc.assert(
      fc.asyncProperty(ITEM, async (item) => {
        const doing = here(words, item);
        expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
        expect(doing.output()).toBe(bytesOf(`<${item}>`));
      }),
      { numRuns: 8 },
    );
  });

  test('is refused where an item has no safe place', () => {
    const spec = eachLocalSpec(['echo `cat {}`'], { cwd: '/', env: {} });
    expect(() => eachLocalKind.parse(spec)).toThrow(ConfigError);
    expect(() => eachLocalKind.parse({ kind: 'each-local' })).toThrow(ConfigError);
    const missing = eachLocalSpec(['echo'], { cwd: '/missing', env: {} });
    expect(() => eachLocalKind.parse(missing)).toThrow(ConfigError);
  });

  test('is stopped with all that descends from it', async () => {
    const doing = here(['echo on; sleep 61 & sleep {}'], '61');
    await eventually(() => doing.output() === 'on\n');
    expect((await doing.stop()).end).toEqual(GONE);
  });
});

describe('a command line for each item', () => {
  let rig: Rig;
  let zsh: Rig;
  beforeAll(async () => {
    [rig, zsh] = await Promise.all([
      startRig(),
      startRig({ config: ['ForceCommand exec zsh -c "$SSH_ORIGINAL_COMMAND"'] }),
    ]);
  });
  afterAll(async () => {
    await rig.close();
    await zsh.close();
  });

  test('is what the login shell is sent', () => {
    const described = (command: string, item: string | null): string =>
      eachKind.describe(eachKind.parse(eachSpec(command)), item);
    expect(described('gzip {}', 'a b')).toBe("gzip 'a b'");
    expect(described('gzip', 'a b')).toBe("gzip 'a b'");
    expect(described('gzip {}', null)).toBe('gzip {}');
    expect(eachKind.jobType).toBe('RemoteJob');
    expect(() => eachKind.parse(eachSpec(' '))).toThrow(ConfigError);
    expect(() => eachKind.parse(eachSpec("it's {}"))).toThrow(ConfigError);
    expect(() => eachKind.parse({ kind: 'each', of: 7 })).toThrow(ConfigError);
  });

  test('comes out of real hosts byte for byte', async () => {
    for (const on of [rig, zsh]) {
      const connection = await on.connect();
      const target = on.fleet.target(on.fleet.addresses(1)[0] ?? '');
      const lines = ['printf "<%s>"', "printf '<%s>' '{}'", 'printf "<%s>" "{}"'];
      await fc.assert(
        fc.asyncProperty(ITEM, fc.constantFrom(...lines), async (item, line) => {
          const doing = doWork(eachKind, eachSpec(line), {
            target,
            item,
            connect: () => Promise.resolve(connection),
          });
          expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
          expect(doing.output()).toBe(bytesOf(`<${item}>`));
        }),
        { numRuns: 16 },
      );
    }
  });
});
