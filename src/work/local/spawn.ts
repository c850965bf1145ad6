import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import { safeLine } from '../../base/safe-text.ts';
import { errorCode } from '../../base/system-error.ts';
import { FailureError } from '../../model/failure.ts';
import type { ChannelListener } from '../../model/ports/transport.ts';
import { makePipes, type Pipe } from './fifos.ts';

export interface ProcessRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether it gets input; else it is at the end of its input at once. */
  readonly hasInput: boolean;
}

export type ProcessExit =
  | { readonly kind: 'exit'; readonly code: number }
  /** The name is without SIG. */
  | { readonly kind: 'signal'; readonly signal: string };

/** A program that was started: the leader of a session and a process group of its own. */
export interface LocalProcess {
  readonly pid: number;
  readonly exited: Promise<ProcessExit>;
  /** Both outputs have come to their end, or were closed: nobody has them open any more. */
  readonly closed: Promise<void>;
  /** Resolves when it is taken; false: it takes no more. */
  write(bytes: Uint8Array): Promise<boolean>;
  endInput(): void;
  /** While paused, its writes wait in the kernel. */
  pause(): void;
  resume(): void;
  /** Closes our ends of its input and outputs; it may go on. */
  close(): void;
}

/** Starts a program, without any shell. Throws a FailureError where it cannot be; then nothing was run. */
export async function startProcess(
  request: ProcessRequest,
  listener: ChannelListener,
  clock: Clock,
): Promise<LocalProcess> {
  const pipes = await makePipes(2, clock, (words) => exitCodeOf('mkfifo', words));
  try {
    const child = spawned(request, pipes);
    // Listened to in the turn of the spawn: nothing of it can be missed.
    const exited = exitOf(child);
    const { pid } = child;
    if (pid === undefined) throw await errorOf(child);
    return attached(pid, streamsOf(child, pipes), exited, listener);
  } catch (error) {
    for (const { ours } of pipes ?? []) ours.destroy();
    throw notStarted(request, error);
  }
}

function spawned(
  { argv, cwd, env, hasInput }: ProcessRequest,
  pipes: readonly Pipe[] | null,
): ChildProcess {
  const [program = '', ...words] = argv;
  const [output, error] = pipes ?? [];
  try {
    return spawn(program, words, {
      cwd,
      env,
      detached: true,
      stdio: [hasInput ? 'pipe' : 'ignore', output?.theirs ?? 'pipe', error?.theirs ?? 'pipe'],
    });
  } finally {
    // The program's alone from now on: its outputs end when it and its children have closed them.
    for (const { theirs } of pipes ?? []) closeSync(theirs);
  }
}

interface Streams {
  readonly input: Writable | null;
  readonly output: Readable;
  readonly error: Readable;
}

function streamsOf(child: ChildProcess, pipes: readonly Pipe[] | null): Streams {
  const [output, error] = pipes ?? [];
  const streams = {
    input: child.stdin,
    output: output?.ours ?? child.stdout,
    error: error?.ours ?? child.stderr,
  };
  if (streams.output === null || streams.error === null) throw new Error('a child without pipes');
  return { ...streams, output: streams.output, error: streams.error };
}

function attached(
  pid: number,
  outputs: Streams,
  exited: Promise<ProcessExit>,
  listener: ChannelListener,
): LocalProcess {
  const stdin = outputs.input;
  const streams = [outputs.output, outputs.error];
  let isPaused = false;
  // What went wrong with a pipe shows in what it did not take, or in its end.
  for (const stream of [stdin, ...streams]) stream?.on('error', () => undefined);
  for (const name of ['output', 'error'] as const) {
    outputs[name].on('data', (bytes: Buffer) => {
      listener.data(name, bytes);
      // Node lets a child's outputs flow when it exits.
      if (isPaused) outputs[name].pause();
    });
  }
  return {
    pid,
    exited,
    closed: Promise.all(streams.map(closeOf)).then(() => undefined),
    write: (bytes) =>
      new Promise((resolve) => {
        if (stdin === null || stdin.destroyed) resolve(false);
        // A callback comes also when the pipe breaks.
        else stdin.write(bytes, (error) => resolve(error === null || error === undefined));
      }),
    endInput: () => stdin?.end(),
    pause: () => {
      isPaused = true;
      for (const stream of streams) stream.pause();
    },
    resume: () => {
      isPaused = false;
      for (const stream of streams) stream.resume();
    },
    close: () => {
      for (const stream of [stdin, ...streams]) stream?.destroy();
    },
  };
}

/** Runs a tool to its end, without input and output; -1 where it cannot be run, or a signal ended it. */
function exitCodeOf(program: string, words: readonly string[]): Promise<number> {
  return new Promise<number>((resolve, reject) => {
    const child = spawn(program, words, { stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? -1));
    // Some errors of fork(2) are thrown and some are events.
  }).catch(() => -1);
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(
        signal === null
          ? { kind: 'exit', code: code ?? 0 }
          : { kind: 'signal', signal: signal.replace(/^SIG/u, '') },
      );
    });
  });
}

function closeOf(stream: Readable): Promise<void> {
  return new Promise((resolve) => stream.once('close', () => resolve()));
}

function errorOf(child: ChildProcess): Promise<Error> {
  return new Promise((resolve) => child.once('error', resolve));
}

function notStarted({ argv, cwd }: ProcessRequest, error: unknown): FailureError {
  const code = errorCode(error) ?? String(error);
  const message = existsSync(cwd)
    ? `cannot run ${argv[0]}: ${REASONS[code] ?? code}`
    : `cannot work in ${cwd}: there is no such directory`;
  return new FailureError(
    {
      phase: 'open',
      code: 'exec-refused',
      message: safeLine(message),
      mayHaveRun: false,
      via: null,
    },
    { cause: error },
  );
}

/** Of the errors of execve(2), fork(2) and pipe(2), those that people meet. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  ENOTDIR: 'no such file',
  E2BIG: 'its arguments and environment are too long',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'too many links',
  ETXTBSY: 'it is being written',
  EAGAIN: 'too many processes',
  ENOMEM: 'out of memory',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
};
