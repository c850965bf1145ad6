import type { StreamName } from './record.ts';
import type { ChildView, JobSummary } from './job.ts';
import type { JobState } from './state.ts';

/**
 * Which jobs. `terms` name jobs and child jobs; without terms all parents are meant. Everything else is a filter, and all
 * filters must hold (PowerShell's Get-Job takes one selector at a time; ours combine).
 */
export interface JobQuery {
  /** Ids, instanceIds, or names (case-insensitive, with `*` and `?`); of parents and of children. */
  readonly terms: readonly string[];
  /** Any of these; empty: any state. */
  readonly states: readonly JobState[];
  readonly hasMoreData: boolean | null;
  /** Matches the whole command, trimmed and case-insensitive, with `*` and `?`; null: any. */
  readonly command: string | null;
  /** Ended strictly before; a job without an end does not match. Wall time in milliseconds. */
  readonly before: number | null;
  /** Ended strictly after. */
  readonly after: number | null;
  /** The so many that ended last, those without an end being the newest of all; null: all of them. */
  readonly newest: number | null;
}

export const EVERY_JOB: JobQuery = {
  terms: [],
  states: [],
  hasMoreData: null,
  command: null,
  before: null,
  after: null,
  newest: null,
};

/** What a query found: parents and children, each once, by id. */
export interface Found {
  readonly jobs: readonly (JobSummary | ChildView)[];
  /** Terms that named no job at all, whatever the filters said. A name with a wildcard is never among them. */
  readonly unmatched: readonly string[];
}

/** What of a job's records is wanted. */
export interface ReceiveOptions {
  /** Leave what is delivered unread. Default false. */
  readonly keep?: boolean;
  /** Only these streams; the others stay unread. Default: all. */
  readonly streams?: readonly StreamName[] | null;
  /** Only of these hosts, by name; the others' records stay unread. Default: all. */
  readonly hosts?: readonly string[] | null;
}
