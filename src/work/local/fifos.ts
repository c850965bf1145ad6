import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
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
  let folder: string | null = null;
  try {
    folder = mkdtempSync(join(tmpdir(), 'muster-'));
    const place = folder;
    const paths = requests.map(({ count }, at) =>
      Array.from({ length: count }, (_, index) => join(place, `${at}-${index}`)),
    );
    const isMade = (await run(['-m', '600', ...paths.flat()])) === 0;
    for (const [at, { resolve }] of requests.entries()) {
      resolve(isMade ? opened(paths[at] ?? []) : null);
    }
  } catch {
    // No place for them: sockets do for most programs.
    for (const { resolve } of requests) resolve(null);
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
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
