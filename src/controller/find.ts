import type { ChildView, JobSummary } from '../model/job.ts';
import type { Found, JobQuery } from '../model/query.ts';
import type { JobState } from '../model/state.ts';
import { hasWildcard, matchesGlob } from './glob.ts';

/** As much of a job as a query asks about; the whole of it is made only of those that are found. */
export interface Listed<View> {
  readonly identity: { readonly id: number; readonly name: string; readonly command: string };
  readonly instanceId: string;
  readonly state: JobState;
  readonly hasMoreData: boolean;
  /** Wall time. */
  readonly ended: number | null;
  summary(): View;
}

export interface ListedParent extends Listed<JobSummary> {
  readonly children: readonly Listed<ChildView>[];
}

type Any = Listed<JobSummary | ChildView>;

/** Which of these jobs, and of their children, a query means. */
export function find(query: JobQuery, jobs: Iterable<ListedParent>): Found {
  const unmatched: string[] = [];
  const named = query.terms.length === 0 ? [...jobs] : select(query.terms, [...jobs], unmatched);
  const left = newest(
    query.newest,
    named.filter((job) => passes(query, job)),
  );
  left.sort((a, b) => a.identity.id - b.identity.id);
  return { jobs: left.map((job) => job.summary()), unmatched };
}

/** What the terms name, each job once. */
function select(
  terms: readonly string[],
  parents: readonly ListedParent[],
  unmatched: string[],
): Any[] {
  const all: readonly Any[] = parents.flatMap((parent) => [parent, ...parent.children]);
  const found = new Set<Any>();
  for (const term of new Set(terms)) {
    const named = namedBy(term, all);
    for (const job of named) found.add(job);
    if (named.length === 0 && !hasWildcard(term)) unmatched.push(term);
  }
  return [...found];
}

/** An id or instanceId is meant where there is such a one: a name that looks like it is hidden by it. */
function namedBy(term: string, all: readonly Any[]): readonly Any[] {
  const lower = term.toLowerCase();
  const exact = /^\d+$/u.test(term)
    ? all.filter(({ identity }) => identity.id === Number(term))
    : all.filter(({ instanceId }) => instanceId === lower);
  if (exact.length > 0) return exact;
  if (hasWildcard(term)) return all.filter(({ identity }) => matchesGlob(term, identity.name));
  return all.filter(({ identity }) => identity.name.toLowerCase() === lower);
}

function passes(query: JobQuery, job: Any): boolean {
  const { states, hasMoreData, command, before, after } = query;
  if (states.length > 0 && !states.includes(job.state)) return false;
  if (hasMoreData !== null && job.hasMoreData !== hasMoreData) return false;
  if (command !== null && !matchesGlob(command.trim(), job.identity.command.trim())) return false;
  if (before !== null && (job.ended === null || job.ended >= before)) return false;
  return after === null || (job.ended !== null && job.ended > after);
}

function newest(count: number | null, jobs: Any[]): Any[] {
  if (count === null) return jobs;
  const end = ({ ended }: Any): number => ended ?? Number.MAX_SAFE_INTEGER;
  return jobs.sort((a, b) => end(b) - end(a) || b.identity.id - a.identity.id).slice(0, count);
}
