import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { safeLine } from '../../base/safe-text.ts';
import { errorCode } from '../../base/system-error.ts';
import { FailureError } from '../../model/failure.ts';
import type { ChannelListener } from '../../model/ports/transport.ts';

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
): Promise<LocalProcess> {
  const [program = '', ...words] = request.argv;
  try {
    const child = spawn(program, words, {
      cwd: request.cwd,
      env: request.env,
      detached: true,
      stdio: [request.hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
    // Listened to in the turn of the spawn: nothing of it can be missed.
    const exited = exitOf(child);
    const { pid, stdout, stderr } = child;
    if (pid === undefined || stdout === null || stderr === null) throw await errorOf(child);
    return attached(child, pid, { output: stdout, error: stderr }, exited, listener);
  } catch (error) {
    throw notStarted(request, error);
  }
}

function attached(
  child: ChildProcess,
  pid: number,
  outputs: { readonly output: Readable; readonly error: Readable },
  exited: Promise<ProcessExit>,
  listener: ChannelListener,
): LocalProcess {
  const { stdin } = child;
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
