import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { ConfigError } from '../../../src/model/errors.ts';
import { localKind } from '../../../src/work/local/local.ts';
import { localSpec } from '../../../src/work/local/spec.ts';
import { eventually } from '../../helpers/eventually.ts';
import { environmentOf, processes, signalProcess } from '../../helpers/processes.ts';
import { doWork } from '../rig.ts';
import { begin, failureOf, HERE } from './rig.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'local-')));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the spec of a local command', () => {
  const options = { cwd: '/', env: { A: '1', B: undefined } };

  test('is words for a program, or one command line for the shell', () => {
    const argv = (...words: readonly string[]): readonly string[] => localSpec(words, options).argv;
    expect(argv('date')).toEqual(['date']);
    expect(argv('./a+b@c%d:e,f=g_h-i')).toEqual(['./a+b@c%d:e,f=g_h-i']);
    expect(argv('echo', '$HOME  *')).toEqual(['echo', '$HOME  *']);
    expect(argv('echo {}')).toEqual(['/bin/sh', '-c', 'echo {}']);
    expect(argv('{}')).toEqual(['{}']);
    for (const one of [
      'a b',
      'a\tb',
      'a\nb',
      'a|b',
      'a&',
      'a;b',
      'a<b',
      'a>b',
      '(a)',
      '$a',
      '`a`',
    ]) {
      expect(argv(one)).toEqual(['/bin/sh', '-c', one]);
    }
    for (const one of ['a\\b', '"a"', "'a'", 'a*', 'a?', '[a]', '~/a', '#a', '{a,b}']) {
      expect(argv(one)).toEqual(['/bin/sh', '-c', one]);
    }
  });

  test('case 3: keeps the command as it was typed, to the blank', () => {
    const spec = localKind.parse(localSpec(['  echo  hi '], options));
    expect(localKind.describe(spec, null)).toBe('  echo  hi ');
    expect(
      localKind.describe(localKind.parse(localSpec(['echo', ' a ', 'b'], options)), null),
    ).toBe('echo  a  b');
    expect(spec).toEqual({
      kind: 'local',
      argv: ['/bin/sh', '-c', '  echo  hi '],
      cwd: '/',
      env: { A: '1' },
      command: '  echo  hi ',
      markers: false,
      records: false,
    });
    expect(localKind.jobType).toBe('LocalJob');
    expect(localKind.logsIn?.(spec)).toBe(false);
  });

  test('case 8: is refused where its folder is not there', () => {
    const missing = join(folder, 'missing');
    expect(() => localKind.parse(localSpec(['date'], { cwd: missing, env: {} }))).toThrow(
      new ConfigError('usage', `cannot work in ${missing}: there is no such directory`),
    );
  });

  test.each(['', ' '])('case 9: is refused where its folder is "%s"', (cwd) => {
    expect(() => localKind.parse(localSpec(['date'], { cwd, env: {} }))).toThrow(
      new ConfigError('usage', 'the working directory is empty'),
    );
  });

  test.each<[string, object, string]>([
    ['without words', { argv: [] }, 'the command is empty'],
    ['with a blank program', { argv: [' ', 'x'] }, 'the command is empty'],
    ['with a blank command line', { argv: ['/bin/sh', '-c', ' \n'] }, 'the command is empty'],
    ['with a NUL', { argv: ['a', 'b\0'] }, 'the command holds a NUL character'],
    ['with words that are none', { argv: ['a', 1] }, 'a local command is a list of words'],
    ['in a relative folder', { cwd: 'src' }, 'the working directory src is not absolute'],
    ['in a file', { cwd: '/etc/passwd' }, 'cannot work in /etc/passwd: it is not a directory'],
    ['with numbers in its environment', { env: { A: 1 } }, 'the environment has no text for "A"'],
    ['with a = in a name', { env: { 'A=': '' } }, 'the environment has no text for "A="'],
    [
      'with a NUL in its environment',
      { env: { A: '\0' } },
      'the environment holds a NUL character',
    ],
    ['half on', { records: 1 }, 'records of a command is true or false'],
    ['without environment', { env: null }, 'the environment is a list of names and values'],
  ])('is refused %s', (_, changed, message) => {
    const spec = { kind: 'local', argv: ['date'], cwd: '/', env: {}, ...changed };
    expect(() => localKind.parse(spec)).toThrow(new ConfigError('usage', message));
  });
});

describe('a local command', () => {
  test('gives stdout, stderr and its exit code', async () => {
    const doing = begin('echo out; echo err >&2; exit 7');
    expect(await doing.end).toEqual({ kind: 'exit', code: 7 });
    expect(doing.output()).toBe('out\n');
    expect(doing.error()).toBe('err\n');
    expect(doing.hasStarted()).toBe(true);
  });

  test('gets its words as they are, through no shell', async () => {
    const words = ['a b', '', '$HOME', '`id`', '$(id)', "it's", '"', '*', '\\', '-n', 'ü', 'a\nb'];
    const script = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
    const doing = begin([process.execPath, '-e', script, '--', ...words]);
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(JSON.parse(Buffer.from(doing.output(), 'latin1').toString())).toEqual(words);
  });

  test('case 6: runs in a folder whose name has a space', async () => {
    const cwd = join(folder, 'a b  c');
    mkdirSync(cwd);
    const doing = begin(['pwd', '-P'], { cwd });
    await doing.end;
    expect(doing.output()).toBe(`${cwd}\n`);
  });

  test('has the environment that it was given, and one name more', async () => {
    const doing = begin(['env'], { env: { LOCAL_TEST: 'a\nb' } });
    await doing.end;
    expect(doing.output()).toContain('\nLOCAL_TEST=a\nb\n');
    const bare = localSpec(['/usr/bin/env'], { cwd: '/', env: { ONLY: 'this' } });
    const alone = doWork(localKind, bare, { target: HERE });
    await alone.end;
    expect(alone.output()).toMatch(/^ONLY=this\nMUSTER_LOCAL_ID=[0-9a-f-]{36}\n$/u);
  });

  test('reads the input it is given, and none where there is none', async () => {
    const input = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('one '));
      yield Buffer.from('two');
    };
    const fed = begin(['cat'], { input });
    expect(await fed.end).toEqual({ kind: 'exit', code: 0 });
    expect(fed.output()).toBe('one two');
    const unfed = begin(['cat']);
    expect(await unfed.end).toEqual({ kind: 'exit', code: 0 });
  });

  test('may open its outputs by their names', async () => {
    const doing = begin('echo out >/dev/stdout; echo err >/dev/stderr; cat /dev/stdin');
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.output()).toBe('out\n');
    expect(doing.error()).toBe('err\n');
  });

  test('runs as well where there is no place for pipes', async () => {
    vi.stubEnv('TMPDIR', join(folder, 'missing'));
    const input = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('in '));
    };
    const doing = begin('cat; echo out; echo err >&2', { input });
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    vi.unstubAllEnvs();
    expect(doing.output()).toBe('in out\n');
    expect(doing.error()).toBe('err\n');
  });

  test('need not read its input', async () => {
    const input = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) yield await Promise.resolve(Buffer.alloc(65_536));
    };
    expect(await begin(['true'], { input }).end).toEqual({ kind: 'exit', code: 0 });
  });

  test('is ended where its input breaks off', async () => {
    const input = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('half'));
      throw new Error('disk on fire');
    };
    expect(await failureOf(begin('cat; sleep 60', { input }))).toEqual({
      phase: 'local',
      code: 'internal',
      message: 'the input could not be read: disk on fire',
      mayHaveRun: true,
      via: null,
    });
  });

  test('may speak on other streams and in records, where that was asked for', async () => {
    const text = '::warning::careful\n{"a":1}\n::progress 40::half\nplain';
    const words = ['printf', '%s', text];
    const options = { cwd: '/', env: process.env, markers: true, records: true };
    const doing = doWork(localKind, localSpec(words, options), { target: HERE });
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.records).toEqual([
      { stream: 'warning', text: 'careful\n', structured: false },
      { stream: 'output', text: '{"a":1}\n', structured: true },
      { stream: 'progress', text: '40% half\n', structured: false },
      { stream: 'output', text: 'plain', structured: false },
    ]);
    expect(doing.progress).toEqual([{ percent: 40, text: 'half' }]);
    const plain = begin(words);
    await plain.end;
    expect(plain.output()).toBe(text);
  });

  test('that dies by a signal says which', async () => {
    expect(await begin('kill -9 $$').end).toEqual({ kind: 'signal', signal: 'KILL', core: false });
  });

  test('leads a session of its own', async () => {
    const doing = begin(['sleep', '60']);
    const pid = await eventually(ownPid);
    const found = processes().find((one) => one.pid === pid);
    expect(found?.session).toBe(pid);
    await doing.stop();
  });

  test('leaves what it had begun alone, and does not wait for it long', async () => {
    const doing = begin('sleep 61 & echo $!');
    const from = performance.now();
    expect(await doing.end).toEqual({
      kind: 'exit',
      code: 0,
      note: 'output still open: drained for 2 s, then cut',
    });
    expect(performance.now() - from).toBeGreaterThan(1_900);
    const pid = Number(doing.output());
    expect(processes().some((one) => one.pid === pid)).toBe(true);
    signalProcess(pid, 'SIGKILL');
  });

  test('waits in the kernel while its reader is behind, also after its end', async () => {
    const doing = begin('i=0; while [ $i -lt 40000 ]; do echo 0123456789; i=$((i+1)); done');
    await eventually(() => doing.hasStarted());
    doing.press(true);
    const held = doing.output().length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    // A chunk on its way when the pause came may still arrive.
    expect(doing.output().length - held).toBeLessThanOrEqual(2 * 65_536);
    doing.press(false);
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.output().length).toBe(440_000);
  });

  test('whose last output a reader takes late is not cut', async () => {
    const doing = begin('sleep 0.2; echo last');
    await eventually(() => doing.hasStarted());
    doing.press(true);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    doing.press(false);
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.output()).toBe('last\n');
  });

  test('waits where it is suspended before it began', async () => {
    let go: () => void = () => undefined;
    const file = join(folder, 'ran');
    const doing = begin(['touch', file], {
      go: () =>
        new Promise((resolve) => {
          go = resolve;
        }),
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(readdirSync(folder)).not.toContain('ran');
    go();
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(readdirSync(folder)).toContain('ran');
  });
});

describe('a program that cannot be run', () => {
  test.each([
    [
      'is not there',
      ['no-such-program-here', 'x'],
      'cannot run no-such-program-here: no such file',
    ],
    ['is not executable', ['/etc/passwd'], 'cannot run /etc/passwd: permission denied'],
    ['is a folder', ['/etc'], 'cannot run /etc: permission denied'],
    [
      'gets more than the system takes',
      ['true', 'x'.repeat(200_000)],
      'cannot run true: its arguments and environment are too long',
    ],
  ])('because it %s fails at once', async (_, words, message) => {
    const doing = begin(words);
    expect(await failureOf(doing)).toEqual({
      phase: 'open',
      code: 'exec-refused',
      message,
      mayHaveRun: false,
      via: null,
    });
    expect(doing.hasStarted()).toBe(false);
  });

  test('because its folder has gone meanwhile says so', async () => {
    const cwd = join(folder, 'gone');
    mkdirSync(cwd);
    const doing = begin(['true'], {
      cwd,
      go: () => {
        rmSync(cwd, { recursive: true });
        return Promise.resolve();
      },
    });
    const { message } = await failureOf(doing);
    expect(message).toBe(`cannot work in ${cwd}: there is no such directory`);
  });

  test('because it is a link to nowhere fails at once', async () => {
    const link = join(folder, 'link');
    symlinkSync('nowhere', link);
    expect((await failureOf(begin([link]))).code).toBe('exec-refused');
  });
});

test('where descriptors run out, the next command waits until another has ended', async () => {
  const program = `
    import { Controller } from '${new URL('../../../dist/index.js', import.meta.url).href}';
    const controller = new Controller();
    const jobs = await Promise.all(Array.from({ length: 60 }, () => controller.startLocal(['sleep', '0.3'])));
    const views = await Promise.all(jobs.map((job) => job.wait()));
    console.log(JSON.stringify(views.map(({ state, children }) => children[0].failure?.message ?? state)));
    await controller.dispose();
  `;
  const words = ['--input-type=module', '-e', program];
  const limited = begin(['sh', '-c', 'ulimit -n 100; exec "$@"', 'sh', process.execPath, ...words]);
  expect(await limited.end, limited.error()).toEqual({ kind: 'exit', code: 0 });
  expect(new Set(JSON.parse(limited.output()) as string[])).toEqual(new Set(['Completed']));
});

test('many commands leave no descriptor and no process', async () => {
  const count = (): number => readdirSync('/proc/self/fd').length;
  await begin(['true']).end;
  const before = count();
  await Promise.all(Array.from({ length: 50 }, () => begin(['echo', 'x']).end));
  await Promise.all(Array.from({ length: 20 }, () => failureOf(begin(['no-such-program-here']))));
  await eventually(() => count() <= before, { what: 'as many open files as before' });
  const mine = processes().filter(({ parent }) => parent === process.pid);
  expect(
    mine.filter((one) => environmentOf(one.pid).some((e) => e.startsWith('MUSTER_LOCAL_ID'))),
  ).toEqual([]);
});

function ownPid(): number | null {
  const found = processes().find(
    ({ pid, parent }) =>
      parent === process.pid &&
      environmentOf(pid).some((entry) => entry.startsWith('MUSTER_LOCAL_ID=')),
  );
  return found?.pid ?? null;
}
