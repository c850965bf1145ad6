import { readFileSync } from 'node:fs';
import { errorCode } from '../../base/system-error.ts';
import type { JournalledEnd, RecoveredJob, Taken } from '../../model/ports/journal.ts';
import { jobFrom, type JobLine, type JournalLine } from './lines.ts';

/** What an earlier controller wrote down and did not take back. */
export interface JournalContent {
  /** The lines that still count, as they stand there. */
  readonly lines: readonly string[];
  readonly jobs: readonly RecoveredJob[];
  /** Lines that cannot be read; the last one may be there in part, where its writer was killed. */
  readonly damaged: number;
}

/** Of a file that is not there nothing is known. `only`: no other jobs. */
export function readJournal(path: string, only: ReadonlySet<number> | null = null): JournalContent {
  const lines = textOf(path)
    .split('\n')
    .filter((line) => line !== '');
  const jobs = new Jobs();
  let damaged = 0;
  for (const line of lines) {
    const parsed = parse(line);
    if (parsed === null || !jobs.apply(parsed, line)) damaged += 1;
  }
  const wanted = jobs.all.filter(({ job }) => only?.has(job.id) ?? true);
  return {
    lines: wanted.flatMap((job) => job.lines),
    jobs: wanted.map(recovered),
    damaged,
  };
}

interface Found {
  readonly job: JobLine;
  readonly lines: string[];
  readonly children: { begun: number | null; ended: JournalledEnd | null; taken: Taken | null }[];
}

class Jobs {
  readonly #jobs = new Map<number, Found>();
  /** From a child's id to its job. */
  readonly #parents = new Map<number, Found>();

  get all(): readonly Found[] {
    return [...this.#jobs.values()];
  }

  /** False: it speaks of a job that is not there. */
  apply(line: JournalLine, text: string): boolean {
    if ('job' in line) {
      this.#add(line.job, text);
      return true;
    }
    if ('removed' in line) return this.#jobs.delete(line.removed);
    const id = childOf(line);
    const found = this.#parents.get(id);
    const child = found?.children[id - found.job.id - 1];
    if (found === undefined || child === undefined) return false;
    found.lines.push(text);
    if ('begun' in line) child.begun = line.at;
    else if ('ended' in line) child.ended = line.end;
    else child.taken = line.to;
    return true;
  }

  #add(job: JobLine, text: string): void {
    const children = job.instanceIds.map(() => ({ begun: null, ended: null, taken: null }));
    const found: Found = { job, lines: [text], children };
    this.#jobs.set(job.id, found);
    job.instanceIds.forEach((_, index) => this.#parents.set(job.id + 1 + index, found));
  }
}

function childOf(line: Exclude<JournalLine, { job: JobLine } | { removed: number }>): number {
  if ('begun' in line) return line.begun;
  return 'ended' in line ? line.ended : line.taken;
}

function recovered({ job, children }: Found): RecoveredJob {
  return { ...jobFrom(job), children };
}

/** Only this program writes there, in a folder that is its user's: a line that is JSON is what it was made from. */
function parse(line: string): JournalLine | null {
  try {
    const value: unknown = JSON.parse(line);
    return isLine(value) ? value : null;
  } catch {
    // Cut short: its writer was killed, or the disk was full.
    return null;
  }
}

function isLine(value: unknown): value is JournalLine {
  if (typeof value !== 'object' || value === null) return false;
  return ['job', 'begun', 'ended', 'taken', 'removed'].some((key) => key in value);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}
