import { safeLine } from '../../base/safe-text.ts';
import { errorCode } from '../../base/system-error.ts';
import { ConfigError } from '../../model/errors.ts';
import { FailureError } from '../../model/failure.ts';
import type { Journal, RecoveredJob } from '../../model/ports/journal.ts';
import { LineFile } from './line-file.ts';
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
  /** Once so much was written since, it is rewritten with what still counts. Bytes; default 64 MiB. */
  readonly largest?: number;
}

/** Opens it, or makes it, 0600; what no longer counts is left out of it first. Throws ConfigError `service`. */
export function openJournal(
  path: string,
  { warn, largest = LARGEST }: JournalOptions,
): FileJournal {
  const { jobs: recovered, lines, damaged } = attempt(path, () => readJournal(path));
  const file = attempt(path, () => LineFile.replacing(path, lines));
  const live = new Set(recovered.map(({ id }) => id));
  /** Of jobs that were removed: those of their children whose hosts keep something. */
  const owed = new Map<number, Set<number>>();
  for (const { id, owing } of recovered) if (owing !== null) owed.set(id, new Set(owing));
  let isClosed = false;
  let hasWarned = false;
  const warned = (what: string, error: unknown): void => {
    if (!hasWarned) warn(`the journal ${path} cannot be ${what} (${codeOf(error)})`);
    hasWarned = true;
  };
  const shrink = (): void => {
    try {
      if (live.size === 0) file.clear();
      else if (file.written > largest) file.replace(readJournal(path).lines);
    } catch (error) {
      warned('rewritten', error);
    }
  };
  const write = (line: JournalLine): void => {
    if (!isClosed) file.add(JSON.stringify(line));
  };
  /** What happens to a job that goes on cannot be undone where it cannot be written down. */
  const note = (line: JournalLine): void => {
    try {
      write(line);
    } catch (error) {
      warned('written', error);
    }
    if (!isClosed && file.written > largest) shrink();
  };
  return {
    recovered,
    damaged,
    created: (job) => {
      try {
        write({ job: jobLine(job) });
        live.add(job.id);
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
    begun: (begun, at) => {
      try {
        write({ begun, at });
      } catch (error) {
        // The next controller would take it for one that was never begun, and have it begun again.
        throw new FailureError(
          {
            phase: 'local',
            code: 'store',
            message: safeLine(`its beginning cannot be written down in ${path} (${codeOf(error)})`),
            mayHaveRun: false,
            via: null,
          },
          { cause: error },
        );
      }
    },
    ended: (ended, end) => note({ ended, end }),
    taken: (taken, to) => note({ taken, to }),
    stood: (stood, how) => note({ stood, how }),
    stopping: (stopping, by) => note({ stopping, by }),
    forgotten: (forgotten) => {
      note({ forgotten });
      for (const [id, children] of owed) {
        if (!children.delete(forgotten) || children.size > 0) continue;
        owed.delete(id);
        live.delete(id);
        if (!isClosed) shrink();
      }
    },
    removed: (removed, owing = []) => {
      // Not every job was written down.
      if (!live.has(removed)) return;
      note(owing.length === 0 ? { removed } : { removed, owing });
      if (owing.length > 0) owed.set(removed, new Set(owing));
      else live.delete(removed);
      if (!isClosed) shrink();
    },
    close: (keep) => {
      if (isClosed) return;
      isClosed = true;
      try {
        file.replace(readJournal(path, new Set(keep)).lines);
      } catch (error) {
        // More than should is left: the next controller shows it.
        warn(`the journal ${path} cannot be written (${codeOf(error)})`);
      } finally {
        file.close();
      }
    },
  };
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

const LARGEST = 64 * 1024 * 1024;
