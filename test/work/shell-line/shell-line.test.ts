import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/model/errors.ts';
import type { Connection } from '../../../src/model/ports/transport.ts';
import { builtInKinds, shellLineSpec } from '../../../src/work/kinds.ts';
import { takeFolder } from '../../../src/work/shell-line/folder-report.ts';
import { folderBytes, folderText } from '../../../src/work/shell-line/folder-text.ts';
import { shellLineKind } from '../../../src/work/shell-line/shell-line.ts';
import { wrapLine } from '../../../src/work/shell-line/wrapper.ts';
import { signalProcess } from '../../helpers/processes.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { doWork, GONE, installed, mark, startRig, type Doing, type Rig } from '../rig.ts';

describe('the spec of a line', () => {
  test('is the line as it was typed', () => {
    expect(shellLineKind.parse(shellLineSpec(' cd /tmp '))).toEqual({
      kind: 'shell-line',
      line: ' cd /tmp ',
    });
    expect(shellLineKind.describe(shellLineSpec('uptime'), '/tmp')).toBe('uptime');
    expect(shellLineKind.jobType).toBe('RemoteJob');
    expect(builtInKinds).toContain(shellLineKind);
  });

  test('is refused where it is empty', () => {
    const spec = { kind: 'shell-line', line: ' ' };
    expect(() => shellLineKind.parse(spec)).toThrow(new ConfigError('usage', 'the line is empty'));
  });
});

describe('a line on a host', () => {
  let rig: Rig;
  let connection: Connection;
  let folder: string;
  beforeAll(async () => {
    rig = await startRig();
    connection = await rig.connect();
    folder = temporaryFolder('shell-line');
  });
  afterAll(async () => {
    await rig.close();
    rmSync(folder, { recursive: true });
  });

  function begin(line: string, from = ''): Doing {
    return doWork(shellLineKind, shellLineSpec(line), {
      target: connection.target,
      item: from,
      connect: () => Promise.resolve(connection),
    });
  }

  interface Done {
    readonly code: unknown;
    readonly cwd: unknown;
    readonly output: string;
    readonly error: string;
  }

  async function run(line: string, from = ''): Promise<Done> {
    const doing = begin(line, from);
    const end = await doing.end;
    const cwd = doing.data()['cwd'];
    const code = end.kind === 'exit' ? end.code : end;
    return { code, cwd, output: doing.output(), error: doing.error() };
  }

  test('begins where a login does, and says where it is', async () => {
    const { code, cwd, output } = await run('pwd');
    expect(code).toBe(0);
    expect(output).toBe(`${String(cwd)}\n`);
    expect(cwd).toMatch(/^\//u);
  });

  test.each([
    ['cd /usr', '/var/tmp', '/usr', 0],
    ['cd ..', '/var/tmp', '/var', 0],
    ['cd ../../usr && cd bin; false', '/var/tmp', '/usr/bin', 1],
    ['false', '/usr', '/usr', 1],
    ['exit 3', '/usr', '/usr', 3],
    ['cd /var; exit 3', '/usr', '/var', 3],
    ['(cd /var; exit 5)', '/usr', '/usr', 5],
    ['set -eu; cd /var; false; cd /', '/usr', '/var', 1],
    ["trap 'exit 7' EXIT; cd /var", '/usr', '/var', 7],
    ['PATH=/nowhere; cd /var', '/usr', '/var', 0],
    ['sleep 0.01 & cd /var', '/usr', '/var', 0],
    ['# nothing but a comment', '/usr', '/usr', 0],
    ['cd /var; set -- a b; shift 1', '/usr', '/var', 0],
  ])('%s in %s ends in %s with %i', async (line, from, to, code) => {
    expect(await run(line, from)).toEqual({ code, cwd: to, output: '', error: '' });
  });

  test('gives its output as it is, with and without an end of line', async () => {
    expect(await run(`printf 'a\\nb'; printf 'c\\n' >&2`, '/')).toMatchObject({
      output: 'a\nb',
      error: 'c\n',
    });
    expect(await run(`printf '\\036muster-'`, '/')).toMatchObject({
      output: '\u001Emuster-',
      cwd: '/',
    });
    const large = await run('yes | head -c 3000000', '/');
    expect(large.output).toBe('y\n'.repeat(1_500_000));
    expect(large.cwd).toBe('/');
  });

  test('with a quote too many fails as the shell says, and stays where it is', async () => {
    const { code, cwd, output, error } = await run(`cd /var; echo "a`, '/usr');
    expect([code, cwd, output]).toEqual([2, '/usr', '']);
    expect(error).toMatch(/^sh: .*(?:unterminated|unexpected|unmatched)/iu);
  });

  test('with `set -x` traces itself and nothing of ours', async () => {
    expect((await run('set -x; cd /usr', '/')).error).toBe('+ cd /usr\n');
  });

  test('sees no arguments, no input and nothing of the line before', async () => {
    expect((await run('echo "$# $0"; cat; a=1', '/')).output).toBe('0 sh\n');
    expect((await run('echo "[$a]"', '/')).output).toBe('[]\n');
  });

  test('that sends its stdout elsewhere finds nothing of ours there', async () => {
    const file = `${folder}/elsewhere`;
    expect(await run(`exec >'${file}'; cd /usr; echo hi`, '/')).toEqual({
      code: 0,
      cwd: undefined,
      output: '',
      error: '',
    });
    expect(readFileSync(file, 'utf8')).toBe('hi\n');
  });

  test('that leaves no shell to tell keeps its end, and no folder', async () => {
    expect(await run('exec sh -c "exit 4"', '/')).toMatchObject({ code: 4, cwd: undefined });
    expect(await run('kill -KILL $$', '/')).toMatchObject({
      code: { kind: 'signal', signal: 'KILL' },
      cwd: undefined,
    });
  });

  test('does not wait for what it leaves running with its output elsewhere', async () => {
    const own = mark();
    const from = performance.now();
    const line = `${own.prefix} (while :; do sleep 1000; done) >/dev/null 2>&1 & cd /usr`;
    expect(await run(line, '/')).toEqual({ code: 0, cwd: '/usr', output: '', error: '' });
    expect(performance.now() - from).toBeLessThan(1_900);
    for (const { pid } of await own.count(2)) signalProcess(pid, 'SIGKILL');
  });

  test('whose folder is gone fails with the message of the shell, and does not run', async () => {
    const { code, cwd, output, error } = await run('echo ran', `${folder}/gone`);
    expect([code, cwd, output]).toEqual([1, undefined, '']);
    expect(error).toContain(`${folder}/gone`);
  });

  test.each([
    'with spaces  and tabs\t',
    `quotes ' " \\ \` $(exit) !`,
    'lines\nand one at the end\n',
    '-n',
    'MARK LINE FOLDER $& %s %b \\0101',
    'é\u{1F600}',
  ])('goes from line to line into a folder %j', async (name) => {
    mkdirSync(`${folder}/${name}`);
    const path = `${folder}/${name}`;
    const quoted = name.replaceAll("'", `'\\''`);
    expect(await run(`cd './${quoted}'`, folder)).toMatchObject({ code: 0, cwd: path });
    const { output, cwd } = await run('pwd', path);
    expect(output).toBe(Buffer.from(`${path}\n`).toString('latin1'));
    expect(cwd).toBe(path);
    expect((await run('cd ..', path)).cwd).toBe(folder);
  });

  test('goes into a folder whose name is no UTF-8', async () => {
    const { cwd } = await run(`mkdir "$(printf 'a\\377b\\303')" && cd a*`, folder);
    expect(cwd).toBe(`${folder}/a\uDCFFb\uDCC3`);
    expect((await run('pwd', String(cwd))).output).toBe(`${folder}/a\u00FFb\u00C3\n`);
  });

  test('is ended by a stop, with all it began', async () => {
    const own = mark();
    const doing = begin(`${own.prefix} sleep 1000 | cat; true`, '/usr');
    await own.atLeast(3);
    expect((await doing.stop()).end).toEqual(GONE);
    expect(own.processes()).toEqual([]);
    expect(doing.output()).toBe('');
  });
});

describe('a line reaches /bin/sh', () => {
  const outer = installed('sh', 'bash', 'dash', 'zsh', 'fish', 'csh', 'busybox sh');
  test.each(outer)('whole through a login shell that is %s', (name) => {
    const [file = '', ...args] = name.split(' ');
    const folder = temporaryFolder('through');
    const odd = `${folder}/a 'b' "c" !d \\e\n`;
    mkdirSync(odd);
    try {
      const line = `printf '%s|' "it's" '!!' '\\' '$x' 'é'\nprintf '%s' "$(pwd)x"; cd /usr; exit 3`;
      const command = wrapLine(line, Buffer.from(odd), '<mark>');
      // The status comes as the exception's.
      const run = (): string =>
        execFileSync(file, [...args, '-c', command], {
          encoding: 'utf8',
          env: { PATH: process.env['PATH'] ?? '', HOME: '/' },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
      expect(run).toThrow(
        expect.objectContaining({
          status: 3,
          stdout: `it's|!!|\\|$x|é|${odd.trimEnd()}x<mark>/usr<mark>`,
          stderr: '',
        }),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  const inner = installed('dash', 'bash --posix', 'busybox sh', 'zsh --emulate sh');
  test.each(inner)('also where that is %s', (shell) => {
    const tell = (line: string): unknown => {
      const command = `${wrapLine(line, Buffer.from('/var/tmp'), '<mark>', shell)}; true`;
      const whole = `(${command}); echo "=$?"`;
      return execFileSync('sh', ['-c', whole], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    };
    expect(tell('cd ..')).toBe('<mark>/var<mark>=0\n');
    expect(tell('cd ..; exit 3')).toBe('<mark>/var<mark>=3\n');
    expect(tell('set -e; cd ..; false')).toBe('<mark>/var<mark>=1\n');
    expect(tell('echo "a')).toMatch(/^<mark>\/var\/tmp<mark>=[12]\n$/u);
    expect(tell("trap 'echo bye' EXIT; cd ..")).toBe('<mark>/var<mark>bye\n=0\n');
  });
});

describe('the folder in the output', () => {
  const MARK = Buffer.from('\u001Emuster-x:');

  function filter(pieces: readonly Buffer[]): { readonly output: Buffer; readonly cwd: unknown } {
    const written: Uint8Array[] = [];
    let cwd: unknown = null;
    const folder = takeFolder(MARK, {
      write: (_, bytes) => void written.push(bytes),
      report: (data) => {
        cwd = data['cwd'];
      },
    });
    for (const piece of pieces) folder.take('output', piece);
    folder.end();
    return { output: Buffer.concat(written), cwd };
  }

  const some = fc
    .array(
      fc.constantFrom('\u001E', '\u001Emuster-', 'muster-', 'text', '\n', '\u001E\u001Emuster-x'),
    )
    .map((all) => Buffer.from(all.join('')));

  test('is found however the bytes are cut, and no byte beside it is lost', () => {
    fc.assert(
      fc.property(some, some, fc.array(fc.nat(), { maxLength: 8 }), (before, after, places) => {
        const whole = Buffer.concat([before, MARK, Buffer.from('/a\nb'), MARK, after]);
        const at = [0, ...places.map((place) => place % whole.length), whole.length];
        at.sort((a, b) => a - b);
        const pieces = at.slice(1).map((end, index) => whole.subarray(at[index], end));
        expect(filter(pieces)).toEqual({ output: Buffer.concat([before, after]), cwd: '/a\nb' });
      }),
    );
  });

  test('without its end is output like any other, and holds back no more than 64 KB', () => {
    const cut = Buffer.concat([Buffer.from('a'), MARK, Buffer.from('/b')]);
    expect(filter([cut])).toEqual({ output: cut, cwd: null });
    const long = Buffer.concat([MARK, Buffer.alloc(70_000, 'x'), MARK]);
    const { output, cwd } = filter([long.subarray(0, 66_000), long.subarray(66_000)]);
    expect([output.equals(long), cwd]).toEqual([true, null]);
  });

  test('is the same bytes again when it was a text, whatever they are', () => {
    const bytes = fc.oneof(
      fc.uint8Array(),
      fc
        .array(fc.constantFrom('a', 'é', '€', '\u{1F600}', '\uFFFD', '\n'))
        .map((all) => Buffer.from(all.join(''))),
    );
    fc.assert(
      fc.property(bytes, (data) => {
        const sent = JSON.parse(JSON.stringify(folderText(Buffer.from(data)))) as string;
        expect(folderBytes(sent).equals(data)).toBe(true);
      }),
    );
  });
});
