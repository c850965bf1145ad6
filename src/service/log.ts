import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { errorCode } from '../base/system-error.ts';
import { isoTime, type Clock } from '../base/clock.ts';
import { safeLine } from '../base/safe-text.ts';
import { ConfigError } from '../model/errors.ts';

/** What the controller has to say of itself: lines with the time in front, safe text, and never a secret. */
export interface ServiceLog {
  line(text: string): void;
  close(): void;
}

export function openLog(path: string, clock: Clock): ServiceLog {
  const file = openLogFile(path);
  return {
    line: (text) => {
      try {
        limit(file);
        writeSync(file, `${isoTime(clock.now())} ${process.pid} ${safeLine(text, LONGEST)}\n`);
      } catch {
        // The disk is full or gone: nothing is left to say so to, and jobs matter more than this line.
      }
    },
    close: () => closeSync(file),
  };
}

/** Opens it for appending, 0600, emptied where it has grown too large. Throws ConfigError `service`. */
export function openLogFile(path: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  let file: number;
  try {
    file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  } catch (error) {
    const why = errorCode(error) ?? 'no reason given';
    throw new ConfigError('service', `the controller's log ${path} cannot be opened (${why})`, {
      cause: error,
    });
  }
  limit(file);
  return file;
}

function limit(file: number): void {
  if (fstatSync(file).size > LARGEST_LOG) ftruncateSync(file);
}

/** The last lines of what came after `from` (a size in bytes), in one; empty where there is nothing. */
export function tailOf(path: string, from: number): string {
  try {
    const lines = readFileSync(path).subarray(from).toString('utf8').trim().split('\n');
    return safeLine(lines.slice(-MOST_LINES).join(' | '), LONGEST);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

/**
 * What may be said of an error that nobody expected: its kind and where it was. Of its message only where it is JavaScript's
 * own about our code: others quote values, and a value may be a secret.
 */
export function crashText(error: unknown): string {
  if (!(error instanceof Error)) return `something that is no error: ${typeof error}`;
  const code = errorCode(error);
  const quotes = code !== null || error instanceof SyntaxError;
  const said = !quotes && JAVASCRIPT.has(error.constructor) ? `: ${error.message}` : '';
  const frames = (error.stack ?? '').split('\n').filter((line) => FRAME.test(line));
  const where = frames.slice(0, MOST_FRAMES).map((line) => line.trim());
  return [`${error.name}${code === null ? '' : ` ${code}`}${said}`, ...where].join(' | ');
}

const LARGEST_LOG = 1024 * 1024;
const LONGEST = 2000;
const MOST_FRAMES = 8;
const MOST_LINES = 4;
const JAVASCRIPT: ReadonlySet<unknown> = new Set([TypeError, RangeError, ReferenceError]);
/** A line of a stack that names a place, and not a line of a message that looks a little like one. */
const FRAME = /^ {4}at [^'"`]*(?:file:\/\/|node:|\/)[^'"`\s]+:\d+:\d+\)?$/u;
