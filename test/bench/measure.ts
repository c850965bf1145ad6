import { spawn } from 'node:child_process';

/** What one run of a program cost. */
export interface Cost {
  /** From its start to its end, milliseconds. */
  readonly wallMs: number;
  /** User and system time of the program and everything it started and waited for, milliseconds. */
  readonly cpuMs: number;
}

/** A program to measure. */
export interface Program {
  readonly argv: readonly string[];
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Run extends Cost {
  readonly output: string;
}

/**
 * Runs a program and says what it cost. The CPU time is the cutime and cstime (proc(5), /proc/PID/stat) of a shell that
 * does nothing but wait for it, in the kernel's ticks of 10 ms. Rejects where the program does not exit 0.
 */
export async function measure({ argv, input = '', env = {} }: Program): Promise<Run> {
  const started = performance.now();
  const child = spawn('/bin/sh', ['-c', WAITER, 'sh', ...argv], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const [, stdout, stderr, report] = child.stdio;
  const texts = Promise.all([stdout, stderr, report].map(text));
  // A program that reads no input may be gone before it has all been written.
  child.stdin?.on('error', () => undefined).end(input);
  let wallMs = 0;
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject).once('exit', () => {
      wallMs = performance.now() - started;
      resolve();
    });
  });
  const [output = '', error = '', said = ''] = await texts;
  const [status = '', stat = ''] = said.split('\n');
  if (status !== '0') {
    throw new Error(`${argv.slice(0, 4).join(' ')} ... exited ${status}: ${error.slice(-2000)}`);
  }
  // The name in parentheses may hold anything: the fields begin after the last one, with the third.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[CUTIME - 3]) + Number(fields[CSTIME - 3]);
  return { wallMs, cpuMs: ticks * MS_PER_TICK, output };
}

async function text(stream: unknown): Promise<string> {
  let all = '';
  if (isReadable(stream)) for await (const chunk of stream) all += String(chunk);
  return all;
}

function isReadable(stream: unknown): stream is AsyncIterable<unknown> {
  return typeof stream === 'object' && stream !== null && Symbol.asyncIterator in stream;
}

/** `read` is built in, so that the shell's children are the program and nothing else. */
const WAITER =
  '"$@" 3>&-; status=$?; read -r stat </proc/$$/stat; printf "%s\\n%s\\n" "$status" "$stat" >&3';
const CUTIME = 16;
const CSTIME = 17;
/** USER_HZ, which every Linux architecture that Node runs on has at 100. */
const MS_PER_TICK = 10;
