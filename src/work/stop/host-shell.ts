import { randomUUID } from 'node:crypto';
import type { Channel, Connection } from '../../model/ports/transport.ts';
import { stopScript, type TableMethod } from './script.ts';

/** A POSIX shell on the host that runs the stop script, on a channel beside the command's. */
export interface HostShell {
  readonly channel: Channel;
  /** The next line of the script, in words; none when no more will come. One caller at a time. */
  next(): Promise<readonly string[]>;
  /** Sends one line. */
  say(line: string): void;
  close(): void;
}

export interface HostShellOptions {
  /** What the login shell is asked to run. */
  readonly shell?: string;
  readonly table?: TableMethod;
}

/**
 * Whatever the login shell is, `exec /bin/sh` means the same to it (sh, csh, fish, zsh ...), and the script comes on
 * standard input, so that nothing has to be quoted for it. Rejects as Connection.exec does.
 */
export async function openHostShell(
  connection: Connection,
  options: HostShellOptions = {},
): Promise<HostShell> {
  const mark = `muster-${randomUUID()}`;
  const lines = new Lines(mark);
  const channel = await connection.exec(`exec ${options.shell ?? '/bin/sh'}`, {
    data: (stream, bytes) => {
      if (stream === 'output') lines.add(bytes);
    },
  });
  void channel.ended.then(() => lines.end());
  // Whether it was taken shows in the answer.
  void channel.write(Buffer.from(stopScript(mark, options.table)));
  return {
    channel,
    next: () => lines.next(),
    say: (line) => void channel.write(Buffer.from(`${line}\n`)),
    close: () => channel.close(),
  };
}

/** Finds the script's lines among whatever else the host may say; holds little, however much that is. */
class Lines {
  readonly #mark: string;
  readonly #ready: (readonly string[])[] = [];
  #partial = '';
  #isOver = false;
  #waiting: ((line: readonly string[]) => void) | null = null;

  constructor(mark: string) {
    this.#mark = mark;
  }

  add(bytes: Uint8Array): void {
    const parts = (this.#partial + Buffer.from(bytes).toString('latin1')).split('\n');
    this.#partial = parts.pop() ?? '';
    if (this.#partial.length > LONGEST_LINE) this.#partial = '';
    for (const part of parts) {
      const at = part.indexOf(this.#mark);
      if (at !== -1 && this.#ready.length < MOST_LINES) {
        this.#ready.push(
          part
            .slice(at + this.#mark.length)
            .split(' ')
            .filter(Boolean),
        );
      }
    }
    this.#deliver();
  }

  end(): void {
    this.#isOver = true;
    this.#deliver();
  }

  next(): Promise<readonly string[]> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#deliver();
    });
  }

  #deliver(): void {
    if (this.#waiting === null || (this.#ready.length === 0 && !this.#isOver)) return;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting(this.#ready.shift() ?? []);
  }
}

/** A line of a thousand children of one connection has some 20,000 characters. */
const LONGEST_LINE = 65_536;
/** The script never says more than it was asked. */
const MOST_LINES = 100;
