import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { musterProgram } from '../setup/build.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { onTerminal } from './terminal.ts';
import { jobJson, type JobJson } from './job-json.ts';

export interface MusterOptions {
  /** Added to a clean environment; undefined takes a name away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Its stdin: these bytes, then the end. Default: nothing, at its end from the start. */
  readonly input?: string | Uint8Array;
  /** Its stdin stays open after that, until `endInput`. */
  readonly keepInputOpen?: boolean;
  readonly cwd?: string;
  /** Sends a signal when a line of stdout or stderr matches. */
  readonly signalAfter?: { readonly line: RegExp; readonly signal: NodeJS.Signals };
  /** A run that takes longer is killed and reported. Default 20 s. */
  readonly deadlineMs?: number;
  /** On a terminal of its own, which gives stdout and stderr as one stream. Its stdin is then the terminal's. */
  readonly terminal?: { readonly columns?: number };
  /** Words put before `node bin/muster.js ...`, like `prlimit --nofile=64`. */
  readonly through?: readonly string[];
  /** Another script than `bin/muster.js`, that becomes it. */
  readonly program?: string;
}

export interface MusterResult {
  /** The exit status; null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** As UTF-8. */
  readonly text: string;
  readonly errorText: string;
  readonly durationMs: number;
  /** stdout as the one JSON document of `-O json`. Throws with what there is instead. */
  job(): JobJson;
}

export interface MusterProcess {
  readonly pid: number;
  /** Resolves with the first line of that stream that matches, also one that came already; rejects at its end. */
  line(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string>;
  /** What it wrote to stdout until now. */
  soFar(): string;
  kill(signal: NodeJS.Signals): void;
  /** More of its stdin, where that was kept open. */
  write(bytes: string | Uint8Array): void;
  endInput(): void;
  /** Stops reading its stdout, as a pager does, until it is read on. */
  pauseStdout(): void;
  resumeStdout(): void;
  /** Stops reading its stdout for good, as `| head -1` does. */
  closeStdout(): void;
  readonly ended: Promise<MusterResult>;
}

/** One run of the command, for who watches what tests do with it. */
export interface MusterRun {
  readonly args: readonly string[];
  readonly options: MusterOptions;
  /** Whether all that it wrote was read: its stdout was not closed. */
  readonly isHeard: () => boolean;
  /** Its result, and the files that it left in the home that was its own. Rejects where it took too long. */
  readonly ended: Promise<{ readonly result: MusterResult; readonly left: readonly string[] }>;
}

/** Tells of every run that begins, until the function that it gives is called. */
export function watchRuns(watcher: (run: MusterRun) => void): () => void {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

const watchers = new Set<(run: MusterRun) => void>();

/** Tells the watchers of a run that is no process of its own. */
export function announceRun(args: readonly string[], running: Promise<MusterResult>): void {
  const ended = running.then((result) => ({ result, left: [] }));
  for (const watcher of watchers) watcher({ args, options: {}, isHeard: () => true, ended });
}

/** Runs the shipped command to its end, in a clean environment with a home of its own. */
export function runMuster(
  args: readonly string[],
  options: MusterOptions = {},
): Promise<MusterResult> {
  return startMuster(args, options).ended;
}

export function startMuster(args: readonly string[], options: MusterOptions = {}): MusterProcess {
  const home = temporaryFolder('home');
  mkdirSync(join(home, 'work'));
  const { through = [], terminal, program: script = musterProgram() } = options;
  const plain = [...through, process.execPath, script, ...args];
  const line = terminal === undefined ? plain : onTerminal(plain, terminal.columns);
  const [program = process.execPath, ...words] = line;
  const began = performance.now();
  const child = spawn(program, words, {
    cwd: options.cwd ?? join(home, 'work'),
    env: cleanEnvironment(home, options.env ?? {}),
    stdio: 'pipe',
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  // It may end without having read its input: that is its right, and its result tells.
  child.stdin.on('error', () => undefined);
  child.stdin.write(options.input ?? '');
  if (options.keepInputOpen !== true && terminal === undefined) child.stdin.end();

  const { deadlineMs = DEADLINE_MS, signalAfter } = options;
  let tooLong = false;
  const deadline = setTimeout(() => {
    tooLong = true;
    child.kill('SIGKILL');
  }, deadlineMs);
  if (signalAfter !== undefined) {
    void Promise.any([stdout, stderr].map((stream) => stream.line(signalAfter.line))).then(
      () => child.kill(signalAfter.signal),
      // The line never came: the test sees that no signal was sent by how the run ended.
      () => undefined,
    );
  }

  const end = async (): Promise<{ result: MusterResult; left: readonly string[] }> => {
    try {
      const [code, signal] = await ending(child);
      const result = resultOf(
        code,
        signal,
        stdout.bytes(),
        stderr.bytes(),
        performance.now() - began,
      );
      if (tooLong)
        throw new Error(`muster ${args.join(' ')} took over ${deadlineMs} ms\n${said(result)}`);
      return { result, left: watchers.size === 0 ? [] : filesBelow(home) };
    } finally {
      clearTimeout(deadline);
      // A controller that it began may be making files there this moment.
      rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
    }
  };
  let isHeard = true;
  const whole = end();
  for (const watcher of watchers) watcher({ args, options, isHeard: () => isHeard, ended: whole });
  return {
    pid: child.pid ?? 0,
    line: (stream, pattern) => (stream === 'stdout' ? stdout : stderr).line(pattern),
    soFar: () => stdout.bytes().toString('utf8'),
    kill: (signal) => void child.kill(signal),
    write: (bytes) => void child.stdin.write(bytes),
    endInput: () => void child.stdin.end(),
    pauseStdout: () => void child.stdout.pause(),
    resumeStdout: () => void child.stdout.resume(),
    closeStdout: () => {
      isHeard = false;
      child.stdout.destroy();
    },
    ended: whole.then(({ result }) => result),
  };
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function ending(
  child: ReturnType<typeof spawn>,
): Promise<[number | null, NodeJS.Signals | null]> {
  await once(child, 'close');
  return [child.exitCode, child.signalCode];
}

export function resultOf(
  code: number | null,
  signal: NodeJS.Signals | null,
  stdout: Buffer,
  stderr: Buffer,
  durationMs: number,
): MusterResult {
  const text = stdout.toString('utf8');
  const errorText = stderr.toString('utf8');
  const job = (): JobJson => {
    try {
      return jobJson(JSON.parse(text));
    } catch (error) {
      throw new Error(`stdout is not one job as JSON\n${said(result)}`, { cause: error });
    }
  };
  const result = { code, signal, stdout, stderr, text, errorText, durationMs, job };
  return result;
}

/** For the message of a failed test. */
export function said({ code, signal, text, errorText }: MusterResult): string {
  return `exit ${code ?? signal}\n--- stdout\n${text.slice(0, 4_000)}\n--- stderr\n${errorText.slice(0, 4_000)}`;
}

interface Collected {
  bytes(): Buffer;
  line(pattern: RegExp): Promise<string>;
}

function collect(stream: Readable): Collected {
  const chunks: Buffer[] = [];
  let partial = '';
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let over = false;
  const tell = (): void => {
    for (const look of waiting) look();
  };
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    const parts = (partial + chunk.toString('latin1')).split('\n');
    partial = parts.pop() ?? '';
    lines.push(...parts);
    tell();
  });
  stream.once('close', () => {
    over = true;
    if (partial !== '') lines.push(partial);
    tell();
  });
  return {
    bytes: () => Buffer.concat(chunks),
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find((line) => pattern.test(line));
          if (found === undefined && !over) return;
          waiting.delete(look);
          if (found === undefined) reject(new Error(`no line ${pattern} in: ${lines.join('\n')}`));
          else resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

function cleanEnvironment(
  home: string,
  extra: Readonly<Record<string, string | undefined>>,
): NodeJS.ProcessEnv {
  const wanted = {
    PATH: process.env['PATH'],
    HOME: home,
    TMPDIR: home,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    ...extra,
  };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
}

const DEADLINE_MS = 20_000;
