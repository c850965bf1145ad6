import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/model/errors.ts';
import type { Json } from '../../../src/model/json.ts';
import type { WorkContext } from '../../../src/model/ports/work.ts';
import { localTarget } from '../../../src/model/target.ts';
import {
  threadSpec,
  type ThreadContext,
  type ThreadFunction,
  type ThreadModule,
} from '../../../src/work/thread/spec.ts';
import { threadKind } from '../../../src/work/thread/thread.ts';
import { eventually } from '../../helpers/eventually.ts';
import { begin as beginLocal } from '../local/rig.ts';
import { doWork, type Doing } from '../rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'thread-'));
afterAll(() => rmSync(folder, { recursive: true }));

function begin<Input extends Json>(
  work: ThreadFunction<Input> | ThreadModule,
  input: Input,
  options: Partial<WorkContext> = {},
): Doing {
  const spec = threadSpec<Json>(work as ThreadFunction, input);
  return doWork(threadKind, spec, { target: localTarget('me'), ...options });
}

function moduleOf(name: string, text: string): URL {
  const file = join(folder, name);
  writeFileSync(file, text);
  return pathToFileURL(file);
}

describe('the spec of a thread job', () => {
  test('is the source of a function, or its module', () => {
    expect(threadSpec((input: number) => input + 1, 2)).toEqual({
      kind: 'thread',
      module: null,
      export: 'default',
      source: '(input) => input + 1',
      input: 2,
    });
    const module = moduleOf('spec.js', 'export const twice = (n) => 2 * n;');
    const spec = threadSpec({ module, export: 'twice' }, 4);
    expect(spec).toEqual({
      kind: 'thread',
      module: String(module),
      export: 'twice',
      source: null,
      input: 4,
    });
    expect(threadKind.parse(spec)).toEqual(spec);
    expect(threadKind.describe(threadKind.parse(spec), null)).toBe(
      `${join(folder, 'spec.js')} twice()`,
    );
    expect(threadKind.jobType).toBe('ThreadJob');
    expect(threadKind.limit).toBe(5);
  });

  test('takes functions of every form', async () => {
    const forms = {
      method(n: number) {
        return n + 1;
      },
      async later(n: number) {
        return Promise.resolve(n + 1);
      },
      plain: function plain(n: number) {
        return n + 1;
      },
      arrow: async (n: number) => Promise.resolve(n + 1),
    };
    for (const form of Object.values(forms)) {
      const doing = begin<number>(form, 1);
      expect(await doing.end).toEqual({ kind: 'done' });
      expect(doing.output()).toBe('2\n');
    }
  });

  test.each<[string, object, string]>([
    ['without function', {}, 'a thread job has either a module or the source of a function'],
    [
      'with both',
      { module: 'file:///x', source: 'x' },
      'a thread job has either a module or the source of a function',
    ],
    [
      'with a module of the net',
      { module: 'https://x/y.js' },
      "a thread job's module is a file: URL, not https://x/y.js",
    ],
    ['with a missing module', { module: 'file:///no/such.js' }, 'there is no module /no/such.js'],
    [
      'with a source that is none',
      { source: '1); (2' },
      "the source of a thread job's function is no expression",
    ],
    ['without a name', { source: 'x', export: '' }, 'a thread job needs the name of a function'],
    [
      'case 87: with a function in its input',
      { source: 'x', input: { a: [() => 1] } },
      'the input.a[0] of a thread job is a function, which cannot travel',
    ],
    [
      'with a Map in its input',
      { source: 'x', input: new Map() },
      'the input of a thread job is a object, which cannot travel',
    ],
    [
      'with NaN in its input',
      { source: 'x', input: [Number.NaN] },
      'the input[0] of a thread job is a number, which cannot travel',
    ],
  ])('is refused %s', (_, spec, message) => {
    expect(() => threadKind.parse({ kind: 'thread', ...spec })).toThrow(
      new ConfigError('usage', message),
    );
  });

  test('is refused where the function has no source', () => {
    expect(() => threadSpec(Math.max as unknown as ThreadFunction)).toThrow(
      new ConfigError('usage', 'max has no source that could travel'),
    );
    const bound = String.prototype.trim.bind('x') as ThreadFunction;
    expect(() => threadSpec(bound)).toThrow(ConfigError);
  });
});

describe('a thread job', () => {
  test('gives what it prints, in order, and its result', async () => {
    const doing = begin<string>(async (input, { write }) => {
      console.log('one');
      console.error('two');
      process.stdout.write('three\n');
      write('warning', 'four\n');
      await new Promise((resolve) => setTimeout(resolve, 5));
      return `got ${input}`;
    }, 'in');
    expect(await doing.end).toEqual({ kind: 'done' });
    expect(doing.records.map(({ stream, text }) => `${stream} ${text}`)).toEqual([
      'output one\n',
      'error two\n',
      'output three\n',
      'warning four\n',
      'output got in\n',
    ]);
    expect(doing.hasStarted()).toBe(true);
  });

  test.each<[string, ThreadFunction, readonly (readonly [string, boolean])[]]>([
    [
      'an object is a structured record',
      () => ({ a: 1, b: ['x'] }),
      [['{"a":1,"b":["x"]}\n', true]],
    ],
    ['an array is a line', () => [1, { a: 2 }], [['[1,{"a":2}]\n', false]]],
    ['a string is the line that it is', () => '"a b"', [['"a b"\n', false]]],
    ['a number is a line', () => 1.5, [['1.5\n', false]]],
    ['null is a line', () => null, [['null\n', false]]],
    ['undefined is nothing', () => undefined, []],
    [
      'of a generator each value',
      function* () {
        yield { n: 1 };
        yield 2;
      },
      [
        ['{"n":1}\n', true],
        ['2\n', false],
      ],
    ],
    [
      'of an asynchronous generator each value',
      async function* () {
        yield await Promise.resolve('a');
        yield 'b';
      },
      [
        ['a\n', false],
        ['b\n', false],
      ],
    ],
  ])('the result: %s', async (_, work, expected) => {
    const doing = begin<Json>(work, null);
    expect(await doing.end).toEqual({ kind: 'done' });
    expect(doing.records.map(({ text, structured }) => [text, structured])).toEqual(expected);
    expect(doing.records.every(({ stream }) => stream === 'output')).toBe(true);
  });

  test('calls a function of a module', async () => {
    const module = moduleOf(
      'work.js',
      'export function work(n) { return { n, from: import.meta.url }; }',
    );
    const doing = begin({ module, export: 'work' }, 7);
    expect(await doing.end).toEqual({ kind: 'done' });
    expect(JSON.parse(doing.output())).toEqual({ n: 7, from: String(module) });
  });

  test('has all that Node offers', async () => {
    // As text: the test's own loader would change an import.
    const source = "async () => (await import('node:path')).basename('/a/b')";
    const doing = doWork(threadKind, { kind: 'thread', source }, { target: localTarget('me') });
    await doing.end;
    expect(doing.output()).toBe('b\n');
  });

  test('says how far it is', async () => {
    const doing = begin<null>((_, { progress }) => {
      progress(40, 'half\nway');
      progress(400);
    }, null);
    await doing.end;
    expect(doing.progress).toEqual([
      { percent: 40, text: 'half way' },
      { percent: 100, text: '' },
    ]);
  });

  test('case 64, 65, 66: that throws fails with the message, which is in the error stream too', async () => {
    const doing = begin<null>(() => {
      throw new RangeError('too far\nby much');
    }, null);
    expect(await doing.end).toEqual({
      kind: 'failed',
      exitCode: 1,
      failure: { phase: 'run', code: 'exit-code', message: 'too far', mayHaveRun: true, via: null },
    });
    expect(doing.error()).toBe('RangeError: too far\nby much\n');
    expect(doing.output()).toBe('');
  });

  test.each<[string, ThreadFunction, string]>([
    ['rejects', () => Promise.reject(new Error('no')), 'no'],
    [
      'throws what is no error',
      () => {
        throw 'text';
      },
      'text',
    ],
    [
      'throws an error without text',
      () => {
        throw new TypeError();
      },
      'TypeError',
    ],
    [
      'throws where nobody awaits it',
      () =>
        new Promise(() => {
          setTimeout(() => {
            throw new Error('late');
          }, 1);
        }),
      'late',
    ],
    [
      'leaves a rejection alone',
      () =>
        new Promise(() => {
          void Promise.reject(new Error('alone'));
          setTimeout(() => undefined, 60_000);
        }),
      'alone',
    ],
    ['gives back what is no JSON', () => 1n, 'Do not know how to serialize a BigInt'],
    ['gives back a function', () => () => 1, 'a function cannot be a result'],
    ['writes to no stream', (_, { write }) => write('stdout' as 'output', 'x'), 'no stream stdout'],
    [
      'waits for what never comes',
      () => new Promise(() => undefined),
      'the function waits for something that never comes',
    ],
  ])('fails where it %s', async (_, work, message) => {
    const end = await begin<Json>(work, null).end;
    expect(end).toMatchObject({ kind: 'failed', exitCode: 1, failure: { message } });
  });

  test('that exits has that exit code, and its output', async () => {
    const doing = begin<null>(() => {
      console.log('before');
      process.exit(3);
    }, null);
    expect(await doing.end).toEqual({ kind: 'exit', code: 3 });
    expect(doing.output()).toBe('before\n');
  });

  test.each([
    ['a missing export', 'export const a = 1;', 'work is no function'],
    ['a module that throws', 'throw new Error("boom");', 'boom'],
  ])('fails to open with %s', async (name, text, message) => {
    const module = moduleOf(`${name.replaceAll(' ', '-')}.js`, text);
    expect(await begin({ module, export: 'work' }, null).end).toEqual({
      kind: 'failed',
      failure: {
        phase: 'open',
        code: 'exec-refused',
        message: `cannot call the function: ${message}`,
        mayHaveRun: true,
        via: null,
      },
    });
  });

  test('runs also in a program that was given on the command line as a module', async () => {
    const library = new URL('../../../src/index.ts', import.meta.url).href;
    const program = `
      import { Controller } from '${library}';
      const controller = new Controller();
      const job = await controller.startThread(async () => {
        const { basename } = await import('node:path');
        return basename('/a/b');
      });
      await job.wait();
      for await (const { data } of job.receive()) process.stdout.write(data);
      await controller.dispose();
    `;
    const doing = beginLocal(
      [process.execPath, '--import', 'tsx', '--input-type=module', '-e', program],
      { env: { TSX_DISABLE_CACHE: '1' } },
    );
    expect(await doing.end, doing.error()).toEqual({ kind: 'exit', code: 0 });
    expect(doing.output()).toBe('b\n');
  });

  test('does not see this program, and this program not it', async () => {
    (globalThis as { seen?: string }).seen = 'here';
    const doing = begin<null>(() => {
      const { seen } = globalThis as { seen?: string };
      (globalThis as { seen?: string }).seen = 'there';
      return seen ?? 'nothing';
    }, null);
    await doing.end;
    expect(doing.output()).toBe('nothing\n');
    expect((globalThis as { seen?: string }).seen).toBe('here');
  });

  test('cannot be suspended once it runs, but waits where it is suspended before', async () => {
    let go: () => void = () => undefined;
    const doing = begin<null>(() => 1, null, {
      go: () =>
        new Promise((resolve) => {
          go = resolve;
        }),
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(doing.hasStarted()).toBe(false);
    go();
    await doing.end;
    expect(doing.suspendable()).toBeNull();
    expect(doing.output()).toBe('1\n');
  });

  test('is held up by a reader that is behind, also in a loop that never yields', async () => {
    const doing = begin<null>(() => {
      for (let n = 0; n < 3000; n += 1) process.stdout.write('x'.repeat(1024));
    }, null);
    await eventually(() => doing.hasStarted());
    doing.press(true);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const held = doing.output().length;
    expect(held).toBeLessThan(3000 * 1024);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(doing.output().length).toBe(held);
    doing.press(false);
    expect(await doing.end).toEqual({ kind: 'done' });
    expect(doing.output().length).toBe(3000 * 1024);
  });
});

describe('a thread job that is stopped', () => {
  test('before it began leaves nothing', async () => {
    const { end } = await begin<null>(() => 1, null, {
      go: () => new Promise(() => undefined),
    }).stop();
    expect(end).toEqual({ kind: 'ended', confirmed: true });
  });

  test.each<[string, ThreadFunction]>([
    [
      'in a loop that never ends',
      () => {
        console.log('on');
        for (;;);
      },
    ],
    [
      'while it waits',
      () => {
        console.log('on');
        return new Promise(() => {
          setInterval(() => undefined, 1000);
        });
      },
    ],
    [
      'while a write of it waits',
      () => {
        for (;;) console.log('on');
      },
    ],
  ])('%s ends at once', async (_, work) => {
    const doing = begin<Json>(work, null, { graceMs: 60_000 });
    await eventually(() => doing.output().includes('on'));
    if (work.toString().includes('for (;;) console')) doing.press(true);
    const { end, ms } = await doing.stop();
    expect(end).toEqual({ kind: 'ended', confirmed: true });
    expect(ms).toBeLessThan(2_000);
  });

  test('may use its signal to end well, and has its grace time for it', async () => {
    const doing = begin<null>(async (_, { signal }: ThreadContext) => {
      console.log('on');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await new Promise((resolve) => setTimeout(resolve, 100));
      console.log('cleaned up');
    }, null);
    await eventually(() => doing.output().includes('on'));
    const { end, ms } = await doing.stop();
    expect(end).toEqual({ kind: 'ended', confirmed: true });
    expect(doing.output()).toBe('on\ncleaned up\n');
    expect(ms).toBeLessThan(2_000);
  });

  test('ends after its grace time where it looks at its signal and goes on', async () => {
    const doing = begin<null>(
      (_, { signal }) => {
        console.log(signal.aborted);
        return new Promise(() => {
          setInterval(() => undefined, 1000);
        });
      },
      null,
      { graceMs: 300 },
    );
    await eventually(() => doing.output() !== '');
    const { end, ms } = await doing.stop();
    expect(end).toEqual({ kind: 'ended', confirmed: true });
    expect(ms).toBeGreaterThanOrEqual(295);
    expect(ms).toBeLessThan(2_000);
  });
});
