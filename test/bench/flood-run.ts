import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** What a flood cost the process that it went through. */
export interface Flood {
  readonly bytes: number;
  readonly wallMs: number;
  /** User and system time of muster alone, milliseconds. */
  readonly cpuMs: number;
  /** The largest resident memory seen. */
  readonly peakMb: number;
}

/**
 * Runs muster with its output in a pipe to a program that counts it, and looks at its process while it runs. `reader`: a
 * shell's command that reads the pipe and prints how many bytes came.
 */
export async function flood(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  reader = 'wc -c',
): Promise<Flood> {
  const began = performance.now();
  const shell = spawn('/bin/bash', ['-c', PIPELINE.replace('READER', reader), 'bash', ...argv], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  const said = { counted: '', pid: '' };
  shell.stdout?.on('data', (text: Buffer) => (said.counted += text.toString()));
  shell.stdio[3]?.on('data', (text: Buffer) => (said.pid += text.toString()));
  let last = { cpuMs: 0, peakMb: 0 };
  const looking = setInterval(() => {
    last = look(Number(said.pid)) ?? last;
  }, PERIOD_MS);
  await once(shell, 'close');
  clearInterval(looking);
  if (shell.exitCode !== 0) throw new Error(`muster ${argv.at(-1)} exited ${shell.exitCode}`);
  return { ...last, bytes: Number(said.counted), wallMs: performance.now() - began };
}

/** What proc(5) says of a process; null: it has gone. */
export function look(pid: number): { readonly cpuMs: number; readonly peakMb: number } | null {
  if (!(pid > 0)) return null;
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const peak = /^VmHWM:\s+(\d+) kB/mu.exec(status)?.[1];
    if (peak === undefined) return null;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { cpuMs: ticks * 10, peakMb: (Number(peak) * 1024) / 1e6 };
  } catch {
    // It ended between two looks.
    return null;
  }
}

/** muster keeps the number that it is announced with. */
const PIPELINE = `set -o pipefail; sh -c 'echo $$ >&3; exec 3>&- "$0" "$@"' "$@" | READER`;
const PERIOD_MS = 20;
