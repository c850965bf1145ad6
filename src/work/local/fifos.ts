import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';

/** A pipe from a program to us (pipe(7)). */
export interface Pipe {
  readonly ours: Socket;
  /** The program's end: a descriptor, to be closed once the program has it. */
  readonly theirs: number;
}

/** Runs `mkfifo` (POSIX) with these words; its exit code. */
export type RunTool = (words: readonly string[]) => Promise<number>;

/**
 * Real pipes for a program's outputs; null where they cannot be had. What Node gives a child are sockets, on which
 * `echo x >/dev/stderr` fails (open(2), ENXIO). Who asks within the same millisecond is served by one run of the tool. No
 * file is left. (Not for input: to open a FIFO for reading waits for somebody who writes, also when the input is over.)
 */
export function makePipes(
  count: number,
  clock: Clock,
  run: RunTool,
): Promise<readonly Pipe[] | null> {
  return new Promise((resolve) => {
    waiting.push({ count, resolve });
    if (waiting.length > 1) return;
    clock.after(TOGETHER_MS, () => void serve(waiting.splice(0), run));
  });
}

interface Request {
  readonly count: number;
  readonly resolve: (pipes: readonly Pipe[] | null) => void;
}

async function serve(requests: readonly Request[], run: RunTool): Promise<void> {
  const folder = newFolder();
  const paths = requests.map(({ count }, at) =>
    Array.from({ length: count }, (_, index) => join(folder ?? '', `${at}-${index}`)),
  );
  // Without them sockets do, for most programs.
  const isMade = folder !== null && (await run(['-m', '600', ...paths.flat()])) === 0;
  for (const [at, { resolve }] of requests.entries()) {
    resolve(isMade ? opened(paths[at] ?? []) : null);
  }
  if (folder !== null) remove(folder, paths.flat());
}

function newFolder(): string | null {
  try {
    return mkdtempSync(join(tmpdir(), 'muster-'));
  } catch {
    // No place for temporary files.
    return null;
  }
}

/** One by one: to list a folder takes a descriptor, and there may be none. */
function remove(folder: string, paths: readonly string[]): void {
  try {
    for (const path of paths) if (existsSync(path)) unlinkSync(path);
    rmdirSync(folder);
  } catch {
    // Somebody else was there already, or put something in: no program is to fail for that.
  }
}

function opened(paths: readonly string[]): readonly Pipe[] | null {
  const pipes: Pipe[] = [];
  try {
    for (const path of paths) pipes.push(openPipe(path));
    return pipes;
  } catch {
    // Too many open files: whoever starts the program will say so.
    for (const { ours, theirs } of pipes) {
      ours.destroy();
      closeSync(theirs);
    }
    return null;
  }
}

/** Our end first, and without waiting: the other one waits until somebody reads (fifo(7)). */
function openPipe(path: string): Pipe {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const ours = new Socket({ fd, readable: true, writable: false });
  try {
    return { ours, theirs: openSync(path, constants.O_WRONLY) };
  } catch (error) {
    ours.destroy();
    throw error;
  }
}

const waiting: Request[] = [];
const TOGETHER_MS = 1;
