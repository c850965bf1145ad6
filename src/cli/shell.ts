import type { Readable, Writable } from 'node:stream';

/**
 * What surrounds the command line: its streams, its signals, its folder. Node's `process` is one; tests make their own.
 * The streams are read late on purpose: making one costs start-up time.
 */
export interface Shell {
  readonly stdin: Readable;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  /** How this program was called, from the interpreter on. */
  readonly argv?: readonly string[];
  cwd(): string;
  on(signal: StopSignal, listener: () => void): unknown;
  off(signal: StopSignal, listener: () => void): unknown;
}

export type OutStream = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** The signals that ask us to stop. */
export type StopSignal = 'SIGINT' | 'SIGHUP' | 'SIGTERM';

/** Environment variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;
