import { mkdirSync, rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { quote } from '../../../src/work/quote.ts';
import { commandProgram, lineWords } from '../../../src/work/wrap/program.ts';
import { readerInput, readerLine, waitingReaderLine } from '../../../src/work/wrap/reader.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { installed } from '../rig.ts';
import { inputFor, LOGIN_SHELLS, nastyText, POSIX_SHELLS, runThrough } from './shells.ts';

const NONE = { cwd: null, env: {} };
const OWN = { isOther: false };
const folder = temporaryFolder('wrap');
afterAll(() => rmSync(folder, { recursive: true }));

/** A command line that tells what it finds, for any shell. */
function tell(code: string): string {
  return `${quote(process.execPath)} -e ${quote(code)}`;
}

describe.each(installed(...LOGIN_SHELLS))('through a login shell that is %s', (login) => {
  test('variables arrive byte for byte', () => {
    const values = fc.array(nastyText, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(values, (all) => {
        const env = Object.fromEntries(all.map((value, at) => [`V${at}`, value]));
        const program = commandProgram(lineWords('/usr/bin/env -0', OWN), { cwd: null, env });
        const ran = runThrough(login, readerLine(), inputFor(program));
        expect([ran.error, ran.status]).toEqual(['', 0]);
        const lines = Buffer.from(ran.output, 'latin1').toString().split('\0');
        const wanted = Object.entries(env).map(([name, value]) => `${name}=${value}`);
        expect(lines.filter((line) => /^V\d/u.test(line)).toSorted()).toEqual(wanted.toSorted());
      }),
      { numRuns: 8 },
    );
  });

  test('a command gets its folder, its input and its own shell, and its status is told', () => {
    const odd = `${folder}/a 'b' "c" !d \\e\n$f`;
    mkdirSync(odd, { recursive: true });
    const code =
      'process.stdout.write(process.cwd() + "|" + require("fs").readFileSync(0)); process.exit(3)';
    const program = commandProgram(lineWords(tell(code), OWN), { ...NONE, cwd: odd });
    const ran = runThrough(login, readerLine(), inputFor(program, 'in\nput'), { SHELL: '/bin/sh' });
    expect(ran).toEqual({ status: 3, signal: null, output: `${odd}|in\nput`, error: '' });
  });
});

describe.each(installed(...POSIX_SHELLS))('where /bin/sh is %s', (shell) => {
  const run = (program: string, rest = '', env: Readonly<Record<string, string>> = {}) =>
    runThrough('sh', readerLine(shell), inputFor(program, rest), env);

  test('a command of many lines is the shell that the login has', () => {
    const program = commandProgram(lineWords('echo "$0"\ncat\nkill -TERM $$', OWN), NONE);
    expect(run(program, 'rest\n', { SHELL: '/bin/bash' })).toMatchObject({
      signal: 'SIGTERM',
      output: '/bin/bash\nrest\n',
    });
    expect(run(program, '', { SHELL: '' }).output).toBe('/bin/sh\n');
  });

  test('another user gets /bin/sh', () => {
    const program = commandProgram(lineWords('echo "$0"', { isOther: true }), NONE);
    expect(run(program, '', { SHELL: '/usr/sbin/nologin' }).output).toBe('/bin/sh\n');
  });

  test('variables that shells have a use for are the command’s alone', () => {
    const env = {
      PATH: '/nowhere',
      fail: '6',
      IFS: 'x',
      m: '1',
      p: '2',
      CDPATH: '/usr',
      _: '5',
    };
    const line = '/usr/bin/env';
    const ran = run(commandProgram(lineWords(line, OWN), { cwd: '/usr', env }), '', {
      SHELL: '/bin/dash',
    });
    expect(ran.error).toBe('');
    expect(ran.output.split('\n')).toEqual(
      expect.arrayContaining(['PATH=/nowhere', 'm=1', 'p=2', 'CDPATH=/usr']),
    );
  });

  test('a folder that is not there, or no folder, is exit status 125 and nothing is run', () => {
    const line = lineWords('echo ran', OWN);
    expect(run(commandProgram(line, { ...NONE, cwd: '/no/such' }))).toEqual({
      status: 125,
      signal: null,
      output: '',
      error: 'muster: there is no folder /no/such\n',
    });
    expect(run(commandProgram(line, { ...NONE, cwd: '/etc/passwd' })).status).toBe(125);
  });

  test('a folder is looked for where a login begins, and ~ is its home', () => {
    const at = (cwd: string, env: Readonly<Record<string, string>>): string =>
      run(commandProgram(lineWords('pwd', OWN), { ...NONE, cwd }), '', env).output.trim();
    expect(at('~', { HOME: '/usr' })).toBe('/usr');
    expect(at('~/bin/..', { HOME: '/usr' })).toMatch(/^\/usr/u);
    mkdirSync(`${folder}/-P/~x`, { recursive: true });
    const home = { HOME: folder };
    const inHome = (cwd: string): string =>
      run(`cd ${quote(folder)}\n${commandProgram(lineWords('pwd', OWN), { ...NONE, cwd })}`, '', {
        ...home,
        CDPATH: '/usr',
      }).output.trim();
    expect(inHome('-P')).toBe(`${folder}/-P`);
    expect(inHome('-P/~x')).toBe(`${folder}/-P/~x`);
    expect(inHome('bin')).toBe('');
  });

  test('values of many lines do not take long', () => {
    const env = { A: 'x\n'.repeat(40_000) };
    const program = commandProgram(lineWords('printf %s "$A" | wc -l', OWN), { cwd: null, env });
    const from = performance.now();
    expect(run(program).output.trim()).toBe('40000');
    expect(performance.now() - from).toBeLessThan(4_000);
  });

  test('a program that did not come whole is not run', () => {
    const whole = readerInput(commandProgram(lineWords('echo ran', OWN), NONE));
    for (const length of [0, 10, whole.length - 40, whole.length - 1]) {
      const ran = runThrough('sh', readerLine(shell), [whole.subarray(0, length)]);
      expect([ran.status, ran.output]).toEqual([125, '']);
    }
    expect(runThrough('sh', readerLine(shell), [whole]).output).toBe('ran\n');
  });

  test('one that may be on a terminal says when it can take its input, and when that was all', () => {
    const line = waitingReaderLine({ ready: 'ready:', done: 'done:' }, shell);
    const program = commandProgram(lineWords('cat', OWN), NONE);
    expect(runThrough('sh', line, inputFor(program, 'x')).output).toBe('ready:done:x');
  });
});

describe.each(installed(...POSIX_SHELLS))('where /bin/sh is %s', (shell) => {
  const run = (env: Readonly<Record<string, string>>) => {
    const line = lineWords('echo "ran $UID"; /usr/bin/env', OWN);
    const input = inputFor(commandProgram(line, { cwd: null, env }));
    return runThrough('sh', readerLine(shell), input, { SHELL: '/bin/dash' });
  };

  test('a variable that means something to it means nothing', () => {
    expect(run({ RANDOM: '7', SECONDS: '8' }).output).toMatch(/^RANDOM=7$/mu);
    expect(run({ RANDOM: '7', SECONDS: '8x' }).output).toMatch(/^SECONDS=8x$/mu);
  });

  test('one that it keeps for itself is the command’s all the same', () => {
    const ran = run({ UID: '5 x', PPID: "'6", SHELLOPTS: 'z', PATH: '/nowhere' });
    expect([ran.status, ran.error]).toEqual([0, '']);
    expect(ran.output.split('\n')).toEqual(
      expect.arrayContaining(['ran 5 x', 'UID=5 x', 'PATH=/nowhere', 'SHELLOPTS=z']),
    );
  });
});
