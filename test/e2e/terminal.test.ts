import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { runMuster, said, startMuster, type MusterOptions } from '../helpers/run-muster.ts';
import { eventually } from '../helpers/eventually.ts';
import { musterProgram } from '../setup/build.ts';
import { onTerminal } from '../helpers/terminal.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

let fleet: Fleet;
let folder: string;
beforeAll(async () => {
  fleet = await startFleet({ hosts: 2 });
  folder = temporaryFolder('terminal');
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await fleet.stop();
});

describe('on a terminal', () => {
  test('a progress line stands below the output while hosts are at work, and is gone at the end', async () => {
    const result = await on(
      80,
      run('-w', fleet.addresses(2).join(','), '--', 'echo out; sleep 1.5'),
    );
    expect(result.code, said(result)).toBe(0);
    expect(result.text).toMatch(/0 of 2 done/u);
    expect(shown(result.text)).not.toMatch(/of 2 done/u);
    expect(shown(result.text)).toContain(`${fleet.addresses(1)[0] ?? ''}: out`);
  });

  test('there is no progress line with -q', async () => {
    const result = await on(80, run('-q', '-w', fleet.addresses(2).join(','), '--', 'sleep 1.5'));
    expect(result.text).not.toMatch(/of 2 done/u);
  });

  test.each([
    ['auto', {}, true],
    ['auto', { NO_COLOR: '1' }, false],
    ['auto', { TERM: 'dumb' }, false],
    ['never', {}, false],
    ['always', { NO_COLOR: '1' }, true],
  ])('--color %s with %j: colour is %s', async (when, env, coloured) => {
    const args = run('--color', when, '-q', '-w', fleet.addresses(1)[0] ?? '', '--', 'echo out');
    const result = await on(80, args, { env });
    expect(result.text.includes('\u001B[3')).toBe(coloured);
  });

  test.each(['run', 'check', 'hosts', 'demo'])('muster %s --help fits 80 columns', async (verb) => {
    const result = await runMuster([verb, '--help']);
    const widest = Math.max(...result.text.split('\n').map((line) => line.length));
    expect(widest).toBeLessThanOrEqual(80);
  });

  test('check --watch redraws its table in place', async () => {
    const options = ['check', ...fleet.options, '-q', '--watch', '--interval', '0.1'];
    const args = [...options, '-w', fleet.addresses(1)[0] ?? ''];
    const muster = startMuster(args, { terminal: { columns: 80 } });
    await muster.line('stdout', /\[H.*Host/u);
    muster.kill('SIGTERM');
    await muster.ended;
  });
});

describe('a passphrase', () => {
  test('is asked for once, on the terminal, and not shown; what is typed can be corrected', async () => {
    const { code, text } = await typing(['sesane\u007F\u007Fme\r'], '-O', 'json');
    expect(code, text).toBe(0);
    expect(text.match(/Passphrase for /gu)).toHaveLength(1);
    expect(text).not.toContain('sesa');
    expect(text).toContain('"completed":2');
  });

  test('that is wrong three times is one line, exit 2, and no host is touched', async () => {
    const before = await fleet.log();
    const { code, text } = await typing(['sesane\r', 'me\r', 'x\r']);
    expect(code, text).toBe(2);
    expect(text).toMatch(/muster: .*passphrase/u);
    expect(await fleet.log()).toBe(before);
  });

  test('that is not given because of Ctrl-C ends the run with 130, and no host is touched', async () => {
    const before = await fleet.log();
    const { code, text } = await typing(['ses\u0003']);
    expect(code, text).toBe(130);
    expect(await fleet.log()).toBe(before);
  });

  test('cannot be asked for without a terminal: one line, exit 2', async () => {
    const result = await runMuster(withKey(encryptedKey()), { through: ['setsid', '--wait'] });
    expect(result.code, said(result)).toBe(2);
    expect(result.errorText).toMatch(/^muster: .*passphrase/u);
  });
});

/** Runs a command with a key that has the passphrase `sesame`, and types an answer whenever it is asked for. */
async function typing(
  answers: readonly string[],
  ...options: readonly string[]
): Promise<{ code: number | null; text: string }> {
  const program = [process.execPath, musterProgram(), ...withKey(encryptedKey(), ...options)];
  const [script = '', ...words] = onTerminal(program);
  const child = spawn(script, words, { env: { ...process.env, HOME: folder } });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const closed = once(child, 'close');
  for (const [index, answer] of answers.entries()) {
    await eventually(() => text.split('Passphrase for ').length > index + 1);
    child.stdin.write(answer);
  }
  await closed;
  return { code: child.exitCode, text };
}

function encryptedKey(): string {
  const key = join(folder, 'key');
  copyFileSync(fleet.userKey, key);
  execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'sesame', '-f', key]);
  return key;
}

/** A run with this key instead of the fleet's own. */
function withKey(key: string, ...options: readonly string[]): readonly string[] {
  const hosts = fleet.addresses(2).join(',');
  const args = [...run('-w', hosts, ...options, '--identity', key), '--', 'true'];
  return args.filter((arg) => arg !== `--identity=${fleet.userKey}`);
}

function run(...args: readonly string[]): readonly string[] {
  return ['run', ...fleet.options, ...args];
}

/** Runs muster on a terminal of its own. */
function on(
  columns: number,
  args: readonly string[],
  options: MusterOptions = {},
): ReturnType<typeof runMuster> {
  return runMuster(args, { ...options, terminal: { columns } });
}

/** What is left to see of a line that was erased and written over. */
function shown(text: string): string {
  return text
    .split('\r\n')
    .map((line) => line.slice(Math.max(0, line.lastIndexOf('\u001B[K'))))
    .map((line) => line.replaceAll(/\u001B\[[\d;]*[mK]/gu, ''))
    .join('\n');
}
