import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { stopScript } from '../../src/work/stop/script.ts';
import { signalProcess } from '../helpers/processes.ts';

const MARK = 'muster-test';
const begun: ChildProcess[] = [];
afterEach(() => {
  for (const child of begun.splice(0)) child.kill('SIGKILL');
});

/** The script in a shell of its own, which has said what it says unasked; its answers come line by line. */
async function talk(script: string): Promise<{
  readonly shell: ChildProcess;
  readonly order: (text: string) => Promise<string>;
}> {
  const shell = spawn('/bin/sh', [], { stdio: ['pipe', 'pipe', 'inherit'] });
  begun.push(shell);
  const lines = createInterface(shell.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  shell.stdin.write(script);
  expect(await next()).toMatch(`${MARK} 0 list`);
  const order = (text: string): Promise<string> => {
    shell.stdin.write(`1 ${text}\n`);
    return next();
  };
  return { shell, order };
}

async function leave(shell: ChildProcess): Promise<void> {
  shell.stdin?.end();
  await once(shell, 'close');
}

/** The field of proc_pid_stat(5), as many behind the state. */
function field(pid: number | undefined, at: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[at] ?? '';
}

const STATE = 0;
const START = 19;

test('what began since the last glance is told to end, and not only killed', async () => {
  // Here no glance is ever too old.
  const script = stopScript(MARK).replace('GLANCED=-9', 'GLANCED=999999999999');
  const { shell, order } = await talk(script);
  const late = spawn('sleep', ['1000'], { stdio: 'ignore' });
  begun.push(late);
  const ended = once(late, 'exit');
  const answer = await order(`end ${late.pid} ${field(late.pid, START)} 0 1000`);
  expect(answer).toBe(`${MARK} 1 gone 0`);
  expect(await ended).toEqual([null, 'SIGTERM']);
  await leave(shell);
});

test('what is left of a command that has ended is not halted for good', async () => {
  const { shell, order } = await talk(stopScript(MARK));
  const first = spawn('setsid', ['sh', '-c', 'sleep 1000 & echo $!; read x'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  begun.push(first);
  const [said] = (await once(first.stdout, 'data')) as [Buffer];
  const left = Number(said.toString());
  try {
    const start = field(first.pid, START);
    expect(await order(`hold ${first.pid} ${start} 0`)).toBe(`${MARK} 1 halted`);
    expect([field(first.pid, STATE), field(left, STATE)]).toEqual(['T', 'T']);
    expect(await order(`free ${first.pid} ${start} 0`)).toBe(`${MARK} 1 freed`);
    first.stdin.end();
    await once(first, 'exit');
    expect(await order(`hold ${first.pid} ${start} 0`)).toBe(`${MARK} 1 over`);
    // It may run before it sleeps again.
    expect(field(left, STATE)).toMatch(/^[RS]$/u);
  } finally {
    signalProcess(left, 'SIGKILL');
  }
  await leave(shell);
});
