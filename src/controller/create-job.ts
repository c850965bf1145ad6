import type { Clock } from '../base/clock.ts';
import type { JobDefinition } from '../model/definition.ts';
import type { AuditLog } from '../model/ports/audit.ts';
import type { Journal, RecoveredJob } from '../model/ports/journal.ts';
import type { ResultStore } from '../model/ports/results.ts';
import type { WorkKind, WorkSpec } from '../model/ports/work.ts';
import { isFinished, type JobState } from '../model/state.ts';
import { auditJob } from './auditing.ts';
import type { Changes } from './changes.ts';
import { ChildJob } from './child-job.ts';
import { childName, parentName } from './identity.ts';
import type { JobTable } from './job-table.ts';
import { bookkeeper, type Bookkeeper } from './journalling.ts';
import { ParentJob } from './parent-job.ts';
import { restoredChild } from './restored-child.ts';

export interface CreateParts {
  readonly clock: Clock;
  readonly results: ResultStore;
  readonly table: JobTable;
  readonly changes: Changes;
  /** What the next controller is to know; null: nothing. */
  readonly journal: Journal | null;
  /** For jobs that are to be written down for good. */
  readonly audit?: AuditLog;
}

/** What a job is besides its definition. */
export interface Making {
  readonly definition: JobDefinition;
  readonly kind: WorkKind;
  readonly spec: WorkSpec;
  /** The earlier job that this one runs again. */
  readonly rerunOf: number | null;
  readonly note: string | null;
  /** It is nobody's but its starter's, who sees to it. */
  readonly isOwned?: boolean;
  /** It is one of an earlier controller. */
  readonly recovered?: RecoveredJob;
}

/** Makes a parent and its children, with the next free ids, and launches it. Throws where it cannot be written down. */
export function createJob(parts: CreateParts, making: Making): ParentJob {
  const { clock, results, table, changes } = parts;
  const { definition, kind, spec, rerunOf, note, recovered = null } = making;
  const { targets, items, name } = definition;
  const id = recovered?.id ?? table.ids.reserve(1 + targets.length);
  const command = kind.describe(spec, null);
  const identity = { id, name: parentName(name, id), type: kind.jobType, command, rerunOf, note };
  const job = new ParentJob(identity, definition, clock, changes, recovered);
  const books = booksOf(parts, making);
  const changed = (child: ChildJob, from: JobState, to: JobState): void => {
    // Before anybody is told: what was told is true for the next controller, too.
    if (isFinished(to)) books?.ended(child);
    if (to === 'Stopping') books?.stopping(child);
    job.childChanged(child, from, to);
  };
  const children = targets.map((target, index) => {
    const childId = id + 1 + index;
    const item = items?.[index] ?? null;
    const childIdentity = {
      id: childId,
      parentId: id,
      name: childName(name, childId, target.name),
      command: kind.describe(spec, item, target),
      target,
      item,
      index,
    };
    const restored =
      recovered === null ? null : restoredChild(recovered, index, definition, clock.now());
    const log = results.open(childId, restored?.log);
    const child = new ChildJob(childIdentity, log, clock, changed, restored?.child ?? null);
    if (books !== null) books.keep(child);
    return child;
  });
  if (recovered === null) books?.created(job, children);
  try {
    auditJob(parts.audit ?? null, job, children, recovered);
  } catch (error) {
    for (const child of children) results.drop(child.identity.id);
    if (books !== null) parts.journal?.removed(id);
    throw error;
  }
  // Ended by the end of its controller: once, and not anew with each further one.
  for (const [index, child] of children.entries())
    if (child.finished && recovered?.children[index]?.ended === null) books?.ended(child);
  table.add(job, children);
  job.launch(children);
  return job;
}

function booksOf({ journal }: CreateParts, { isOwned, definition }: Making): Bookkeeper | null {
  if (journal === null) return null;
  // Who owns it sees its end, and needs nobody to find it again, unless it goes on without anybody.
  return isOwned === true && !definition.durable ? null : bookkeeper(journal, definition.durable);
}
