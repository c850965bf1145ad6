import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { asFile, overStdin, removalLine, type Call } from '../../../src/work/script/delivery.ts';
import { interpreterOf } from '../../../src/work/script/interpreter.ts';
import { commandProgram } from '../../../src/work/wrap/program.ts';
import { readerLine } from '../../../src/work/wrap/reader.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { installed } from '../rig.ts';
import {
  inputFor,
  LOGIN_SHELLS,
  nastyText,
  POSIX_SHELLS,
  runThrough,
  type Ran,
} from '../wrap/shells.ts';

/** Where the files of scripts go. */
const TMPDIR = temporaryFolder('script');
afterAll(() => rmSync(TMPDIR, { recursive: true }));

interface Sent {
  readonly login?: string;
  readonly shell?: string;
  readonly via?: 'file' | 'stdin';
  readonly args?: readonly string[];
  readonly rest?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly given?: Readonly<Record<string, string>>;
}

/** Runs a script as a host would, and sees to it that its place for files is empty afterwards. */
function send(script: string | Buffer, sent: Sent = {}): Ran {
  const { login = 'sh', shell, via = 'file', args = [], rest = '', env = {} } = sent;
  const bytes = Buffer.from(script);
  const interpreter = interpreterOf(bytes, 'test');
  const call: Call = { interpreter, args, bytes: bytes.length, id: 'id', file: '/x/te st.sh' };
  const { words, run } = via === 'stdin' ? overStdin(call) : asFile(call);
  const program = commandProgram(words, { cwd: null, env }, run);
  const input = [...inputFor(program), bytes, rest];
  const ran = runThrough(login, readerLine(shell), input, { TMPDIR, ...sent.given });
  expect(readdirSync(TMPDIR)).toEqual([]);
  return ran;
}

/** Wants its file to have a name. */
const NODE = process.execPath;
const ARGUMENTS = 'printf "%s\\0" "$@"';

describe.each(installed(...LOGIN_SHELLS))('through a login shell that is %s', (login) => {
  test.each(['file', 'stdin'] as const)('arguments arrive byte for byte, via %s', (via) => {
    const list = fc.array(nastyText, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(list, (args) => {
        const ran = send(`#!/bin/sh\n${ARGUMENTS}\n`, { login, via, args });
        expect([ran.error, ran.status]).toEqual(['', 0]);
        const seen = Buffer.from(ran.output, 'latin1').toString().split('\0');
        expect(seen.slice(0, -1)).toEqual(args);
      }),
      { numRuns: 6 },
    );
  });
});

const INTERPRETERS: readonly (readonly [string, string])[] = [
  ['/bin/dash', `echo "$1"; cat; exit 3`],
  ['/bin/bash -u', `echo "$1"; cat; exit 3`],
  ['/usr/bin/zsh', `echo "$1"; cat; exit 3`],
  ['/usr/bin/env -S busybox sh', `echo "$1"; cat; exit 3`],
  ['/bin/busybox sh', `echo "$1"; cat; exit 3`],
  ['/usr/bin/fish', `echo $argv[1]; cat; exit 3`],
  ['/bin/csh', `echo $argv[1]:q; cat; exit 3`],
  ['/usr/bin/tcsh', `echo $argv[1]:q; cat; exit 3`],
  ['/usr/bin/env perl', `print "$ARGV[0]\\n"; print <STDIN>; exit 3;\n__END__\nrest`],
  [
    '/usr/bin/env node',
    `console.log(process.argv[2]); process.stdout.write(require('fs').readFileSync(0)); process.exit(3)`,
  ],
  [
    '/usr/bin/awk -f',
    `BEGIN { print ARGV[1]; while ((getline line < "-") > 0) print line; exit 3 }`,
  ],
];

describe('as a file', () => {
  const there = INTERPRETERS.filter(([words]) => {
    const program = words.split(' ').findLast((word) => !word.startsWith('-')) ?? '';
    return (
      installed(program.slice(program.lastIndexOf('/') + 1)).length > 0 || words.includes('busybox')
    );
  });
  test.each(there)(
    '%s reads it, and has its arguments, its input and its exit status',
    (words, code) => {
      expect(send(`#!${words}\n${code}\n`, { args: ['a  "b'], rest: 'in\nput\n' })).toEqual({
        status: 3,
        signal: null,
        output: 'a  "b\nin\nput\n',
        error: '',
      });
    },
  );
});

describe.each(installed(...POSIX_SHELLS))('where /bin/sh is %s', (shell) => {
  test('a script of 3 MB with bytes of all kinds arrives whole', () => {
    const data = Buffer.alloc(3_000_000, Buffer.from(Array.from({ length: 256 }, (_, at) => at)));
    const script = Buffer.concat([
      Buffer.from('#!/bin/sh\ntail -n +4 "$0" | cksum; wc -c\nexit\n'),
      data,
    ]);
    const check = runThrough('sh', 'tail -n +4 | cksum', [script]).output;
    expect(send(script, { shell, rest: '12345' }).output.replaceAll(' ', '')).toBe(
      `${check}5\n`.replaceAll(' ', ''),
    );
  });

  test('one that dies by a signal ends by it, whether its file has a name or not', () => {
    const byShell = send('#!/bin/sh\nkill -TERM $$\n', { shell });
    expect(byShell).toMatchObject({ status: null, signal: 'SIGTERM' });
    const byNode = send(`#!${NODE}\nprocess.kill(process.pid, "SIGKILL")`, { shell });
    expect(byNode).toMatchObject({ status: null, signal: 'SIGKILL' });
    expect(send(`#!${NODE}\nprocess.exit(200)`, { shell }).status).toBe(200);
  });

  test('the environment of the login is the script’s as it was, whatever it holds', () => {
    const given = Object.fromEntries(
      ['m', 'p', 'n', 'l', 'tty', 'mode', 'folder', 'file', 'status', 'name'].map((name) => [
        name,
        'as it was',
      ]),
    );
    for (const program of ['/bin/sh', NODE]) {
      const tell =
        program === NODE
          ? 'console.log(Object.keys(process.env).join("\\n"), process.env)'
          : 'exec /usr/bin/env';
      const { output } = send(`#!${program}\n${tell}\n`, { shell, given });
      expect(output).not.toContain('muster_');
      expect(output.match(/as it was/gu)).toHaveLength(Object.keys(given).length);
    }
  });

  test('variables of the command are none of the shell that removes the file', () => {
    const env = { folder: '/nowhere', status: '7', name: 'x', PATH: '/nowhere', HOME: '/nowhere' };
    const script = `#!${NODE}\nprocess.stdout.write(process.env.folder)`;
    expect(send(script, { shell, env })).toMatchObject({
      status: 0,
      output: '/nowhere',
      error: '',
    });
  });

  test('a script can call itself again, by the name it has', () => {
    const script = '#!/bin/sh\n[ "$1" = again ] && echo "$2" || exec "$0" again "it is"\n';
    expect(send(script, { shell }).output).toBe('it is\n');
    const named = `#!${NODE}\nconsole.log(require('path').basename(process.argv[1]))`;
    expect(send(named, { shell }).output).toBe('te_st.sh\n');
  });

  test('an interpreter that is not there is exit status 127', () => {
    const ran = send('#!/no/such/thing\n', { shell });
    expect([ran.status, ran.output]).toEqual([127, '']);
    expect(ran.error).toContain('/no/such/thing');
    expect(send('#!/no/such/bash\n', { shell }).status).toBe(127);
  });

  test('a script that did not come whole is not run, and not left', () => {
    const script = '#!/bin/sh\necho ran\n';
    const interpreter = interpreterOf(Buffer.from(script), 'test');
    const { words, run } = asFile({
      interpreter,
      args: [],
      bytes: script.length,
      id: 'id',
      file: '-',
    });
    const program = commandProgram(words, { cwd: null, env: {} }, run);
    const input = [...inputFor(program), script.slice(0, -1)];
    const ran = runThrough('sh', readerLine(shell), input, { TMPDIR });
    expect([ran.status, ran.output]).toEqual([125, '']);
    expect(ran.error).toMatch(/^muster: the script did not come whole/u);
    expect(readdirSync(TMPDIR)).toEqual([]);
  });

  test('the file can be read by nobody else, and the rights of new files are those of the login', () => {
    const script = '#!/bin/sh\nstat -Lc %a "$0"; umask\n';
    expect(send(script, { shell }).output).toMatch(/^700\n0?022\n$/u);
  });
});

test('a dd that cannot wait for whole blocks takes no byte too many either', () => {
  const bin = temporaryFolder('bin');
  const refuse = 'case "$*" in *iflag*) echo "dd: unknown operand" >&2; exit 1 ;; esac';
  const dd = `#!/bin/sh\n${refuse}\nPATH=\${PATH#*:} exec dd "$@"\n`;
  writeFileSync(join(bin, 'dd'), dd, { mode: 0o700 });
  try {
    const given = { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    expect(send('#!/bin/sh\ncat; echo "$1"', { given, args: ['one'], rest: 'rest\n' })).toEqual({
      status: 0,
      signal: null,
      output: 'rest\none\n',
      error: '',
    });
  } finally {
    rmSync(bin, { recursive: true });
  }
});

test('where there is no room in one place for files, another is taken', () => {
  expect(send('#!/bin/sh\necho ran', { given: { TMPDIR: '/no/such' } }).output).toBe('ran\n');
});

test('what is left of a file can be removed', () => {
  expect(runThrough('sh', removalLine({ id: 'none' }), []).status).toBe(0);
});
