import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { stopScript } from '../../src/work/stop/script.ts';

const MARK = 'muster-test';
const begun: ChildProcess[] = [];
afterEach(() => {
  for (const child of begun.splice(0)) child.kill('SIGKILL');
});

test('what began since the last glance is told to end, and not only killed', async () => {
  // Here no glance is ever too old.
  const script = stopScript(MARK).replace('GLANCED=-9', 'GLANCED=999999999999');
  const shell = spawn('/bin/sh', [], { stdio: ['pipe', 'pipe', 'inherit'] });
  begun.push(shell);
  const lines = createInterface(shell.stdout)[Symbol.asyncIterator]();
  shell.stdin.write(script);
  expect((await lines.next()).value).toMatch(`${MARK} 0 list`);
  const late = spawn('sleep', ['1000'], { stdio: 'ignore' });
  begun.push(late);
  const ended = once(late, 'exit');
  const stat = readFileSync(`/proc/${late.pid}/stat`, 'utf8');
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  shell.stdin.write(`1 end ${late.pid} ${start} 0 1000\n`);
  expect((await lines.next()).value).toBe(`${MARK} 1 gone 0`);
  expect(await ended).toEqual([null, 'SIGTERM']);
  shell.stdin.end();
  await once(shell, 'close');
});
