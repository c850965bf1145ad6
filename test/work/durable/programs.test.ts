import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  attachProgram,
  beginProgram,
  findProgram,
  inputPieces,
  removeProgram,
} from '../../../src/work/durable/programs.ts';
import { SUPERVISOR_DEFAULTS } from '../../../src/work/durable/supervisor.ts';
import { commandProgram, lineWords } from '../../../src/work/wrap/program.ts';
import { readerLine } from '../../../src/work/wrap/reader.ts';
import { eventually } from '../../helpers/eventually.ts';
import { environmentOf, processes, signalProcess } from '../../helpers/processes.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { installed } from '../rig.ts';
import { inputFor, runThrough, type Ran } from '../wrap/shells.ts';

/** What /bin/sh may be. zsh is none where it is called by its own name. */
const SHELLS = installed('dash', 'bash --posix', 'busybox sh', 'mksh', 'zsh --emulate sh');
const MARK = 'mark:';
const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, value) => value)).toString('latin1');
let home: string;
beforeAll(() => {
  home = temporaryFolder('durable');
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A program of ours as a host whose /bin/sh is this one runs it. */
function on(shell: string, program: string, rest = '', env: Env = {}): Ran {
  const there = program.replaceAll('/bin/sh', shell);
  return runThrough('sh', readerLine(shell), inputFor(there, rest), { HOME: home, ...env });
}

/** Says nothing of how a command died. */
function isMute(shell: string): boolean {
  return shell.startsWith('zsh');
}

type Env = Readonly<Record<string, string>>;

/** The same, beside others; both streams as Latin-1. */
function beside(shell: string, program: string, env: Env = {}): Promise<Omit<Ran, 'signal'>> {
  const child = spawn('sh', ['-c', readerLine(shell)], {
    env: { PATH: process.env['PATH'] ?? '', HOME: home, ...env },
  });
  const ran = { status: null as number | null, output: '', error: '' };
  child.stdout.on('data', (bytes: Buffer) => (ran.output += bytes.toString('latin1')));
  child.stderr.on('data', (bytes: Buffer) => (ran.error += bytes.toString('latin1')));
  child.stdin.on('error', () => undefined);
  child.stdin.end(
    Buffer.concat(inputFor(program.replaceAll('/bin/sh', shell)).map((one) => Buffer.from(one))),
  );
  return new Promise((resolve) => child.once('close', (status) => resolve({ ...ran, status })));
}

function beginning(
  id: string,
  line: string,
  hasInput = false,
  supervisor = SUPERVISOR_DEFAULTS,
): string {
  const words = lineWords(line, { isOther: true, keepsLines: false });
  const command = commandProgram(words, { cwd: null, env: {} });
  return beginProgram({
    id,
    mark: MARK,
    from: { output: 0, error: 0 },
    command,
    hasInput,
    supervisor,
  });
}

function begin(
  shell: string,
  id: string,
  line: string,
  input: string | null = null,
  env: Env = {},
): Ran {
  return on(shell, beginning(id, line, input !== null), input ?? '', env);
}

function attaching(id: string, output = 0, error = 0): string {
  return attachProgram({ id, mark: MARK, from: { output, error } });
}

function attach(shell: string, id: string, output = 0, error = 0): Ran {
  return on(shell, attaching(id, output, error));
}

function folderOf(id: string): string {
  return join(home, '.local/state/muster/durable', id);
}

async function whole(text: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  const input = (async function* () {
    yield Buffer.from(text);
  })();
  for await (const piece of inputPieces(input)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe.each(SHELLS)('%s', (shell) => {
  test('runs a command once, keeps what it writes on each stream, and how it ended', () => {
    const id = randomUUID();
    const first = begin(shell, id, 'echo one; echo two >&2; printf three; exit 7');
    expect(first.output).toBe('one\nthree');
    expect(first.error).toBe(`${MARK}began\ntwo\n${MARK}end exit 7 end\n`);
    const again = begin(shell, id, 'echo again');
    expect([again.output, again.error]).toEqual([
      'one\nthree',
      `${MARK}attached\ntwo\n${MARK}end exit 7 end\n`,
    ]);
    expect(attach(shell, id, 4, 2).output).toBe('three');
    expect(attach(shell, id, 4, 2).error).toBe(`${MARK}attached\no\n${MARK}end exit 7 end\n`);
  });

  test('keeps it in a folder that nobody else may enter, and removes that', () => {
    const id = randomUUID();
    begin(shell, id, 'true');
    expect(statSync(folderOf(id)).mode & 0o777).toBe(0o700);
    expect(statSync(join(folderOf(id), 'out')).mode & 0o777).toBe(0o600);
    expect(on(shell, removeProgram(id, false)).status).toBe(0);
    expect(existsSync(folderOf(id))).toBe(false);
    expect(attach(shell, id).error).toBe(`${MARK}none\n`);
  });

  test('takes no status that was read while it was written for an end', () => {
    const id = randomUUID();
    mkdirSync(folderOf(id), { recursive: true, mode: 0o700 });
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    writeFileSync(join(folderOf(id), 'supervisor'), `${process.pid} ${start}\n`);
    writeFileSync(join(folderOf(id), 'status'), 'rxit 0 end\n');
    expect(on(shell, removeProgram(id, false))).toMatchObject({ status: 1, output: 'running\n' });
    writeFileSync(join(folderOf(id), 'status'), 'exit 0 end\n');
    expect(on(shell, removeProgram(id, false)).status).toBe(0);
  });

  test('keeps the lease alone where a beginning may still be on its way, which then begins nothing', () => {
    const id = randomUUID();
    begin(shell, id, 'true');
    expect(on(shell, removeProgram(id, true)).status).toBe(0);
    expect(readdirSync(folderOf(id))).toEqual(['lease']);
  });

  test('takes the lease of a command that was not begun, and it never is', () => {
    const id = randomUUID();
    expect(on(shell, findProgram(id)).output).toBe('never\n');
    expect(readdirSync(folderOf(id))).toEqual(['lease']);
  });

  test.each([
    ['exit 137', 'exit 137'],
    ['exit 192', 'exit 192'],
    ['exit 255', 'exit 255'],
    ['kill -9 $$', isMute(shell) ? 'exit 137' : 'signal KILL'],
    ['kill -TERM $$', isMute(shell) || shell === 'mksh' ? 'exit 143' : 'signal TERM'],
    ['exit 0', 'exit 0'],
  ])('tells %s from others', (line, end) => {
    const ran = begin(shell, randomUUID(), line);
    expect(ran.error).toBe(`${MARK}began\n${MARK}end ${end} end\n`);
  });

  test('gives the command its input, whole, and the end of it', async () => {
    const ran = begin(shell, randomUUID(), 'cat; echo over', await whole('a\0b\nc'));
    expect(ran.output).toBe('a\0b\ncover\n');
  });

  test('does not begin a command whose input did not come whole', async () => {
    const id = randomUUID();
    const input = await whole('0123456789');
    const ran = begin(shell, id, 'echo begun', input.slice(0, -4));
    expect([ran.output, ran.status]).toEqual(['', 125]);
    expect(existsSync(join(folderOf(id), 'lease'))).toBe(false);
  });

  test('leaves the umask of the login to the command', () => {
    const plain = runThrough('sh', 'umask', []);
    const durable = begin(shell, randomUUID(), 'umask').output;
    expect(Number.parseInt(durable, 8)).toBe(Number.parseInt(plain.output, 8));
  });

  test('hands on bytes of all values, from any place, on both streams', async () => {
    const id = randomUUID();
    begin(
      shell,
      id,
      `i=0; while [ $i -lt 256 ]; do printf "\\\\$(printf %03o $i)"; i=$((i+1)); done | tee /dev/stderr`,
    );
    for (const [output, error] of [
      [0, 0],
      [1, 255],
      [10, 11],
      [256, 128],
    ] as const) {
      const again = await beside(shell, attaching(id, output, error));
      expect(again.output).toBe(ALL_BYTES.slice(output));
      expect(again.error).toBe(`${MARK}attached\n${ALL_BYTES.slice(error)}${MARK}end exit 0 end\n`);
    }
  });

  test('says at once that a supervisor is gone, as after a restart of the host', () => {
    const id = randomUUID();
    begin(shell, id, 'echo one');
    writeFileSync(join(folderOf(id), 'status'), 'running\n');
    // Its number is another's now.
    writeFileSync(join(folderOf(id), 'supervisor'), `${process.pid} 1\n`);
    const from = performance.now();
    expect(attach(shell, id).error).toBe(`${MARK}attached\n${MARK}gone\n`);
    expect(performance.now() - from).toBeLessThan(2_000);
    expect(on(shell, findProgram(id)).output).toBe('over\n');
    expect(on(shell, removeProgram(id, false)).status).toBe(0);
  });

  test('begins once where twenty begin it at once', async () => {
    const id = randomUUID();
    const all = await Promise.all(
      Array.from({ length: 20 }, () => beside(shell, beginning(id, 'echo begun'))),
    );
    expect(all.map(({ output }) => output)).toEqual(all.map(() => 'begun\n'));
    const began = all.filter(({ error }) => error.includes(`${MARK}began\n`));
    expect([began.length, readFileSync(join(folderOf(id), 'out'), 'utf8')]).toEqual([1, 'begun\n']);
  });

  test('begins nothing that comes late, after all of it was removed but the lease', () => {
    const id = randomUUID();
    begin(shell, id, 'true');
    on(shell, removeProgram(id, true));
    expect(begin(shell, id, 'echo again').error).not.toContain('began');
    const never = randomUUID();
    on(shell, removeProgram(never, true));
    expect(begin(shell, never, 'echo late').error).not.toContain('began');
    expect(readdirSync(folderOf(never))).not.toContain('out');
  });

  test('leaves signals as they were for the command', () => {
    const ignored = "sed -n 's/^SigIgn:[[:space:]]*//p' /proc/self/status";
    const plain = runThrough('sh', ignored, []);
    const durable = begin(shell, randomUUID(), ignored).output;
    // Once it has begun anything in the background, busybox ignores QUIT in all that it begins.
    const quirk = shell.startsWith('busybox') ? 4n : 0n;
    expect(BigInt(`0x${durable.trim()}`) & ~quirk).toBe(BigInt(`0x${plain.output.trim()}`));
  });
});

describe('on a host', () => {
  /** Commands that this host has in place of its own, as scripts. */
  function commands(scripts: Readonly<Record<string, string>>): Env {
    const folder = mkdtempSync(join(home, 'commands-'));
    for (const [name, script] of Object.entries(scripts)) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    return { PATH: `${folder}:${process.env['PATH'] ?? ''}` };
  }

  /** As hosts are that have no /proc. */
  function withoutProc(program: string): string {
    return program.replaceAll('/proc/', '/nonexistent/');
  }

  test('without /proc a supervisor is known by what ps says of it', () => {
    const id = randomUUID();
    const ran = on('dash', withoutProc(beginning(id, 'echo one; exit 3')));
    expect([ran.output, ran.error]).toEqual(['one\n', `${MARK}began\n${MARK}end exit 3 end\n`]);
    expect(readFileSync(join(folderOf(id), 'supervisor'), 'utf8')).toMatch(/^\d+ -\n$/u);
    writeFileSync(join(folderOf(id), 'status'), 'running\n');
    writeFileSync(join(folderOf(id), 'supervisor'), `${process.pid} -\n`);
    expect(on('dash', withoutProc(attaching(id))).error).toContain(`${MARK}gone\n`);
    expect(on('dash', withoutProc(findProgram(id))).output).toBe('over\n');
  });

  test('whose sleep takes no fractions, a command is followed to its end', () => {
    const env = commands({ sleep: 'case $1 in *.*) exit 1 ;; esac; exec /bin/sleep "$1"' });
    const ran = on('dash', beginning(randomUUID(), 'sleep 1; echo one'), '', env);
    expect([ran.output, ran.error]).toEqual(['one\n', `${MARK}began\n${MARK}end exit 0 end\n`]);
  });

  test('without setsid a command runs', () => {
    const program = beginning(randomUUID(), 'echo one').replaceAll('setsid', 'no-setsid-here');
    expect(on('dash', program).error).toBe(`${MARK}began\n${MARK}end exit 0 end\n`);
  });

  test.each([
    ['no home', { HOME: '' }],
    ['a home that is no absolute path', { HOME: 'here' }],
    ['a home that cannot be written', { HOME: '/proc/1' }],
  ])('with %s the second place is used', (_, env) => {
    const id = randomUUID();
    const second = join('/var/tmp', `muster-${process.getuid?.() ?? 0}`);
    const was = existsSync(second);
    try {
      expect(begin('dash', id, 'echo one', null, env).output).toBe('one\n');
      expect(statSync(join(second, id)).mode & 0o777).toBe(0o700);
      expect(on('dash', removeProgram(id, false), '', env).status).toBe(0);
      expect(existsSync(join(second, id))).toBe(false);
    } finally {
      if (!was) rmSync(second, { recursive: true, force: true });
    }
  });

  test('a place that is a link is none', () => {
    const other = mkdtempSync(join(home, 'other-'));
    mkdirSync(join(other, 'muster'));
    mkdirSync(join(other, 'elsewhere'));
    symlinkSync(join(other, 'elsewhere'), join(other, 'muster', 'durable'));
    const program = beginning(randomUUID(), 'echo one').replaceAll('/var/tmp/', '/proc/');
    const ran = on('dash', program, '', { XDG_STATE_HOME: other });
    expect([ran.status, ran.error]).toEqual([
      125,
      `${MARK}fail no private folder can be made on the host\n`,
    ]);
    expect(readdirSync(join(other, 'elsewhere'))).toEqual([]);
  });

  test('a supervisor that cannot write down that it runs begins nothing, and that is told as want of room', () => {
    const id = randomUUID();
    const began = join(home, `began-${id}`);
    // Nothing can be written there, as on a disk that became full this moment.
    mkdirSync(join(folderOf(id), 'status'), { recursive: true, mode: 0o700 });
    expect(begin('sh', id, `echo >${began}`).error).toContain(`${MARK}end signal KILL full end`);
    expect(existsSync(began)).toBe(false);
  });

  test('a supervisor that somebody kills leaves no watcher behind', async () => {
    const id = randomUUID();
    const options = { ...SUPERVISOR_DEFAULTS, watchSeconds: 0.2 };
    const running = beside('sh', beginning(id, 'exec sleep 60', false, options));
    const isOf = (args: readonly string[]): boolean => args.includes(join(folderOf(id), 'run'));
    const ours = (): readonly number[] =>
      processes().flatMap(({ pid, args }) => (isOf(args) ? [pid] : []));
    const numberIn = (name: string): number =>
      Number.parseInt(readFileSync(join(folderOf(id), name), 'latin1'), 10);
    // Itself and its watcher.
    await eventually(() => ours().length === 2 && numberIn('process') > 0);
    signalProcess(numberIn('supervisor'), 'SIGKILL');
    await eventually(() => ours().length === 0, { what: 'the end of the watcher' });
    signalProcess(numberIn('process'), 'SIGKILL');
    expect((await running).error).toContain('gone');
  });

  test('a watcher whose supervisor has gone ends also where another process has its number', async () => {
    const id = randomUUID();
    const options = { ...SUPERVISOR_DEFAULTS, watchSeconds: 0.2 };
    const gate = join(home, `gate-${id}`);
    const line = `while [ ! -e ${gate} ]; do sleep 0.1; done`;
    // One that began at another time.
    const program = beginning(id, line, false, options).replace(
      'muster_since=$muster_start',
      'muster_since=1',
    );
    const running = beside('sh', program);
    const run = join(folderOf(id), 'run');
    const ours = (): number => processes().filter(({ args }) => args.includes(run)).length;
    await eventually(() => ours() === 2, { what: 'a supervisor and its watcher' });
    await eventually(() => ours() === 1, { what: 'the end of the watcher' });
    writeFileSync(gate, '');
    expect((await running).error).toContain('end exit 0 end');
  });

  test('whose server lost the connection, the follower goes away', async () => {
    const id = randomUUID();
    const words = ['-c', `(sh -c '${ORPHAN}' & echo $! >${join(home, 'above')}); exec sleep 30`];
    writeFileSync(join(home, 'line'), `${readerLine('dash')}\n`);
    writeFileSync(
      join(home, 'input'),
      Buffer.concat(inputFor(beginning(id, 'exec sleep 20')).map((one) => Buffer.from(one))),
    );
    const above = spawn('sh', words, {
      env: { PATH: process.env['PATH'] ?? '', HOME: home },
      stdio: 'ignore',
    });
    const pidOf = (file: string): number => Number(readFileSync(file, 'utf8').split(' ')[0]);
    try {
      await eventually(() => existsSync(join(folderOf(id), 'process')));
      const followers = (): readonly number[] =>
        processes()
          .filter(({ args }) => args.join(' ').includes('done_reading'))
          .filter(({ pid }) => environmentOf(pid).includes(`HOME=${home}`))
          .map(({ pid }) => pid);
      await eventually(() => followers().length >= 2);
      signalProcess(pidOf(join(home, 'above')), 'SIGKILL');
      await eventually(() => followers().length === 1, { deadlineMs: 15_000 });
    } finally {
      signalProcess(pidOf(join(folderOf(id), 'process')), 'SIGKILL');
      above.kill('SIGKILL');
      await eventually(() => !processes().some(({ args }) => args.join(' ').includes(id)));
    }
  });
});

/** Something above the reader that is no server's, and that can be killed. */
const ORPHAN = `sh -c "$(cat "$HOME/line")" <"$HOME/input"; :`;
