import { ChildProcess, spawn, type ChildProcessByStdio } from 'node:child_process';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import { safeLine } from '../../base/safe-text.ts';
import { errorCode } from '../../base/system-error.ts';
import type { FailureError } from '../../model/failure.ts';
import { fail } from '../failures.ts';
import type { Attempt } from './attempt.ts';
import { Pipe, type Carrier } from './carrier.ts';
import { LastLines } from './last-lines.ts';

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * A connection to the attempt's target through a program of this machine (ProxyCommand in ssh_config(5)): an argument
 * vector, and never a shell. It has a process group of its own, so that a Ctrl-C meant for us does not cut the connections
 * that the stop needs; and it is ended with the connection, and waited for. A shortage of file descriptors is thrown as it
 * came.
 */
export async function runProxyCommand(
  attempt: Attempt,
  command: readonly string[],
): Promise<Carrier> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const { pid } = child;
  if (pid === undefined) {
    throw await new Promise<Error>((resolve) => {
      child.once('error', (error) => resolve(unstartable(program, error)));
    });
  }
  // What it has is over with its process; this only must have a listener.
  child.on('error', () => undefined);
  const { carrier } = new Proxy(attempt.clock, child, { pid, program });
  attempt.undo = () => void carrier.destroy();
  return carrier;
}

class Proxy {
  readonly carrier: Pipe;
  readonly #clock: Clock;
  readonly #child: Child;
  readonly #pid: number;
  readonly #name: string;
  readonly #said = new LastLines();
  /** It has ended, and all that it wrote is in. */
  #isOver = false;
  #onOver: () => void = () => undefined;

  constructor(
    clock: Clock,
    child: Child,
    { pid, program }: { readonly pid: number; readonly program: string },
  ) {
    this.#clock = clock;
    this.#child = child;
    this.#pid = pid;
    this.#name = shown(program);
    child.once('close', () => {
      this.#isOver = true;
      this.#onOver();
    });
    child.stderr.on('data', (bytes: Buffer) => this.#said.add(bytes));
    // A write to a program that has ended: its end says more.
    child.stdin.on('error', () => undefined);
    this.carrier = new Pipe({
      input: child.stdout,
      output: child.stdin,
      ref: (isHeld) => this.#hold(isHeld),
      ended: (nothingLeft) => this.#end(nothingLeft),
    });
    child.once('close', this.#closed);
    // Somebody whom it began may hold its pipes open for ever.
    child.once('exit', (code, signal) => {
      const timer = clock.after(AFTERMATH_MS, () => this.#closed(code, signal));
      child.once('close', () => timer.cancel());
    });
  }

  /** Nobody asked it to: what it said then is why, unless the server's own words are still to be read. */
  readonly #closed = (code: number | null, signal: string | null): void => {
    if (this.carrier.destroyed) return;
    if (this.carrier.readableLength > 0) this.carrier.over();
    else this.carrier.destroy(this.#failure(code, signal));
  };

  #failure(code: number | null, signal: string | null): FailureError {
    const how = signal === null ? `ended with exit status ${code ?? 0}` : `was killed by ${signal}`;
    const said = this.#said.text;
    const message = `proxy command ${this.#name} ${how}${said === '' ? '' : `: ${said}`}`;
    return fail(code === 0 ? 'closed-early' : 'unreachable', message);
  }

  #hold(isHeld: boolean): void {
    const { stdin, stdout, stderr } = this.#child;
    for (const one of [this.#child, stdin, stdout, stderr]) {
      // Node's types leave it open what a pipe is; it is a socket.
      if (!(one instanceof ChildProcess || one instanceof Socket)) continue;
      if (isHeld) one.ref();
      else one.unref();
    }
  }

  /** Asks it to end, and what it has begun; makes it end where it does not. */
  #end(nothingLeft: () => void): void {
    this.#signal('SIGTERM');
    if (this.#isOver) {
      nothingLeft();
      return;
    }
    this.#hold(true);
    this.#child.stdin.destroy();
    const timer = this.#clock.after(GRACE_MS, () => {
      this.#signal('SIGKILL');
      // Somebody else may have its pipes, and outlive it.
      this.#child.stdout.destroy();
      this.#child.stderr.destroy();
    });
    // What it still says is nobody's any more; unread it would keep it waiting.
    this.#child.stdout.resume();
    this.#onOver = () => {
      timer.cancel();
      // Of its group somebody may be left who took no notice.
      this.#signal('SIGKILL');
      nothingLeft();
    };
  }

  #signal(name: 'SIGTERM' | 'SIGKILL'): void {
    try {
      process.kill(-this.#pid, name);
    } catch {
      // Its group is gone: that is all that was wanted.
    }
  }
}

function unstartable(program: string, error: Error): Error {
  const code = errorCode(error);
  if (code === 'EMFILE' || code === 'ENFILE') return error;
  const why =
    code === 'ENOENT'
      ? 'there is no such program'
      : code === 'EACCES'
        ? 'it is no program'
        : error.message;
  return fail('unreachable', `proxy command ${shown(program)} cannot be started: ${why}`, {
    cause: error,
  });
}

function shown(program: string): string {
  return safeLine(program, 60);
}

/** From its end to the end of its output, where nobody else has that. */
const AFTERMATH_MS = 250;
/** From TERM to KILL. */
const GRACE_MS = 1_000;
