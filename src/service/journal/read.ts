import { readFileSync } from 'node:fs';
import { errorCode } from '../../base/system-error.ts';
import type {
  JournalledEnd,
  RecoveredChild,
  RecoveredJob,
  Stood,
  Taken,
} from '../../model/ports/journal.ts';
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
  const jobs = new Jobs();
  let damaged = 0;
  for (const line of linesOf(path)) {
    const parsed = parse(line);
    if (parsed === null || !jobs.apply(parsed, line)) damaged += 1;
  }
  // What is owed to hosts stays, whoever wants the job.
  const wanted = jobs.all.filter(({ job, owing }) => owing !== null || (only?.has(job.id) ?? true));
  return { lines: wanted.flatMap(countingLines), jobs: wanted.map(recovered), damaged };
}

interface Found {
  readonly job: Omit<RecoveredJob, 'children' | 'owing'>;
  readonly line: string;
  readonly children: FoundChild[];
  /** Set once it was removed: those children that are to be forgotten yet. */
  owing: Noted<Set<number>> | null;
}

/** What is known of a child, and of each what it was written in. */
interface FoundChild {
  begun: Noted<number> | null;
  ended: Noted<JournalledEnd> | null;
  taken: Noted<Taken> | null;
  stood: Noted<Stood> | null;
  stopping: Noted<string> | null;
  forgotten: Noted<true> | null;
}

interface Noted<T> {
  readonly value: T;
  readonly line: string;
}

/** What was overwritten since is not among them. */
function countingLines({ line, children, owing }: Found): readonly string[] {
  const noted = [
    ...children.flatMap((child) => [
      child.begun,
      child.ended,
      child.taken,
      child.stood,
      child.stopping,
      child.forgotten,
    ]),
    owing,
  ];
  return [line, ...noted.flatMap((one) => (one === null ? [] : [one.line]))];
}

class Jobs {
  readonly #jobs = new Map<number, Found>();
  /** From a child's id to its job. */
  readonly #parents = new Map<number, Found>();

  get all(): readonly Found[] {
    return [...this.#jobs.values()];
  }

  /** False: it speaks of a job that is not there, or not as it should. */
  apply(line: JournalLine, text: string): boolean {
    if ('job' in line) return this.#add(line.job, text);
    if ('removed' in line) return this.#remove(line.removed, line.owing ?? [], text);
    const id = childOf(line);
    const found = this.#parents.get(id);
    const child = found?.children[id - found.job.id - 1];
    if (child === undefined) return false;
    if ('begun' in line) child.begun = { value: line.at, line: text };
    else if ('ended' in line) child.ended = { value: line.end, line: text };
    else if ('stood' in line) child.stood = { value: line.how, line: text };
    else if ('stopping' in line) child.stopping = { value: line.by, line: text };
    else if ('forgotten' in line) {
      child.forgotten = { value: true, line: text };
      found?.owing?.value.delete(id);
      if (found?.owing?.value.size === 0) this.#jobs.delete(found.job.id);
    } else child.taken = { value: line.to, line: text };
    return true;
  }

  #remove(id: number, owing: readonly number[], text: string): boolean {
    const found = this.#jobs.get(id);
    const left = owing.filter((child) => found?.children[child - id - 1]?.forgotten === null);
    if (found === undefined || left.length === 0) return this.#jobs.delete(id);
    found.owing = { value: new Set(left), line: text };
    return true;
  }

  #add(line: JobLine, text: string): boolean {
    const job = jobOf(line);
    if (job === null) return false;
    const children = job.instanceIds.map(() => ({ ...NOTHING }));
    const found: Found = { job, line: text, children, owing: null };
    this.#jobs.set(job.id, found);
    job.instanceIds.forEach((_, index) => this.#parents.set(job.id + 1 + index, found));
    return true;
  }
}

/** null: it is not one that this version can read. */
function jobOf(line: JobLine): Omit<RecoveredJob, 'children' | 'owing'> | null {
  try {
    const job = jobFrom(line);
    return job.instanceIds.length === job.definition.targets.length ? job : null;
  } catch {
    // Another version has written it: one job less is no reason for having none.
    return null;
  }
}

function childOf(line: Exclude<JournalLine, { job: JobLine } | { removed: number }>): number {
  if ('begun' in line) return line.begun;
  if ('forgotten' in line) return line.forgotten;
  if ('stood' in line) return line.stood;
  if ('stopping' in line) return line.stopping;
  return 'ended' in line ? line.ended : line.taken;
}

function recovered({ job, children, owing }: Found): RecoveredJob {
  return { ...job, owing: owing && [...owing.value], children: children.map(childFrom) };
}

function childFrom({
  begun,
  ended,
  taken,
  stood,
  stopping,
  forgotten,
}: FoundChild): RecoveredChild {
  return {
    begun: begun?.value ?? null,
    ended: ended?.value ?? null,
    taken: taken?.value ?? null,
    stood: stood?.value ?? null,
    stopping: stopping?.value ?? null,
    isForgotten: forgotten !== null,
  };
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
  return ['job', 'begun', 'ended', 'taken', 'stood', 'stopping', 'forgotten', 'removed'].some(
    (key) => key in value,
  );
}

/** Apart before they are made text: all of them may be more than one string can hold. */
function* linesOf(path: string): Generator<string, void> {
  const bytes = bytesOf(path);
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(LINE_FEED, from);
    const to = end === -1 ? bytes.length : end;
    if (to > from) yield bytes.toString('utf8', from, to);
    from = to + 1;
  }
}

function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

const NOTHING: FoundChild = {
  begun: null,
  ended: null,
  taken: null,
  stood: null,
  stopping: null,
  forgotten: null,
};
const LINE_FEED = 0x0a;
