import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  attachProgram,
  beginProgram,
  findProgram,
  inputPieces,
  removeProgram,
} from '../../../src/work/durable/programs.ts';
import { commandProgram, lineWords } from '../../../src/work/wrap/program.ts';
import { readerLine } from '../../../src/work/wrap/reader.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { installed } from '../rig.ts';
import { inputFor, runThrough, type Ran } from '../wrap/shells.ts';

/** What /bin/sh may be. zsh is none where it is called by its own name. */
const SHELLS = installed('dash', 'bash --posix', 'busybox sh', 'mksh');
const MARK = 'mark:';
let home: string;
beforeAll(() => {
  home = temporaryFolder('durable');
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A program of ours as a host whose /bin/sh is this one runs it. */
function on(shell: string, program: string, rest = ''): Ran {
  return runThrough('sh', readerLine(shell), inputFor(program, rest), { HOME: home });
}

function begin(shell: string, id: string, line: string, input: string | null = null): Ran {
  const command = commandProgram(lineWords(line, { isOther: true, keepsLines: false }), { cwd: null, env: {} });
  const from = { output: 0, error: 0 };
  const hasInput = input !== null;
  return on(shell, beginProgram({ id, mark: MARK, from, command, hasInput }), input ?? '');
}

function attach(shell: string, id: string, output = 0, error = 0): Ran {
  return on(shell, attachProgram({ id, mark: MARK, from: { output, error } }));
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
    ['kill -9 $$', 'signal KILL'],
    ['kill -TERM $$', 'signal TERM'],
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

  test('leaves signals as they were for the command', () => {
    const ignored = "sed -n 's/^SigIgn:[[:space:]]*//p' /proc/self/status";
    const plain = runThrough('sh', ignored, []);
    expect(begin(shell, randomUUID(), ignored).output).toBe(plain.output);
  });
});
