import {
  closeSync,
  constants,
  ftruncateSync,
  openSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { errorCode } from '../../base/system-error.ts';
import { ConfigError } from '../../model/errors.ts';
import type { Journal, RecoveredJob } from '../../model/ports/journal.ts';
import { jobLine, type JournalLine } from './lines.ts';
import { readJournal } from './read.ts';

/** The journal of one controller at a time, in a file of its user's. */
export interface FileJournal extends Journal {
  /** What an earlier controller has left. */
  readonly recovered: readonly RecoveredJob[];
  /** How many of its lines could not be read. */
  readonly damaged: number;
  /** Nothing is written any more; the next controller gets these jobs, and no others. */
  close(keep: readonly number[]): void;
}

export interface JournalOptions {
  /** Told, once, where something could not be written down. */
  readonly warn: (text: string) => void;
}

/** Opens it, or makes it, 0600; what no longer counts is left out of it first. Throws ConfigError `service`. */
export function openJournal(path: string, { warn }: JournalOptions): FileJournal {
  const { jobs: recovered, lines, damaged } = attempt(path, () => readJournal(path));
  let file = attempt(path, () => rewritten(path, lines));
  let live = recovered.length;
  let written = 0;
  let isClosed = false;
  let hasWarned = false;
  const write = (line: JournalLine): void => {
    if (isClosed) return;
    const text = `${JSON.stringify(line)}\n`;
    writeAll(file, text);
    written += text.length;
  };
  /** What happens to a job that goes on cannot be undone where it cannot be written down. */
  const note = (line: JournalLine): void => {
    try {
      write(line);
    } catch (error) {
      if (!hasWarned) warn(`the journal ${path} cannot be written (${codeOf(error)})`);
      hasWarned = true;
    }
  };
  const shrink = (): void => {
    if (live === 0) {
      ftruncateSync(file);
      written = 0;
    } else if (written > LARGEST) {
      const { lines: left } = readJournal(path);
      closeSync(file);
      file = rewritten(path, left);
      written = 0;
    }
  };
  return {
    recovered,
    damaged,
    created: (job) => {
      try {
        write({ job: jobLine(job) });
        live += 1;
      } catch (error) {
        throw new ConfigError(
          'service',
          `the job cannot be written down in ${path} (${codeOf(error)})`,
          {
            cause: error,
            hint: 'make room there, or run it in the foreground: --controller never',
          },
        );
      }
    },
    begun: (begun, at) => note({ begun, at }),
    ended: (ended, end) => note({ ended, end }),
    taken: (taken, to) => note({ taken, to }),
    removed: (removed) => {
      note({ removed });
      live -= 1;
      try {
        if (!isClosed) shrink();
      } catch (error) {
        if (!hasWarned) warn(`the journal ${path} cannot be rewritten (${codeOf(error)})`);
        hasWarned = true;
      }
    },
    close: (keep) => {
      if (isClosed) return;
      isClosed = true;
      closeSync(file);
      try {
        closeSync(rewritten(path, readJournal(path, new Set(keep)).lines));
      } catch (error) {
        // More than should is left: the next controller shows it.
        warn(`the journal ${path} cannot be written (${codeOf(error)})`);
      }
    },
  };
}

/** In one step: there is the whole of the old one, or the whole of the new. */
function rewritten(path: string, lines: readonly string[]): number {
  const next = `${path}.new`;
  writeFileSync(next, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  renameSync(next, path);
  const { O_WRONLY, O_APPEND, O_NOFOLLOW } = constants;
  return openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW);
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

function attempt<T>(path: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw new ConfigError('service', `the journal ${path} cannot be opened (${codeOf(error)})`, {
      cause: error,
    });
  }
}

function codeOf(error: unknown): string {
  return errorCode(error) ?? 'no reason given';
}

/** Written since it was last rewritten, in bytes. */
const LARGEST = 64 * 1024 * 1024;
