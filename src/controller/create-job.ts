import type { Clock } from '../base/clock.ts';
import type { JobDefinition } from '../model/definition.ts';
import type { ResultStore } from '../model/ports/results.ts';
import type { WorkKind, WorkSpec } from '../model/ports/work.ts';
import type { Changes } from './changes.ts';
import { ChildJob } from './child-job.ts';
import { childName, parentName } from './identity.ts';
import type { JobTable } from './job-table.ts';
import { ParentJob } from './parent-job.ts';

export interface CreateParts {
  readonly clock: Clock;
  readonly results: ResultStore;
  readonly table: JobTable;
  readonly changes: Changes;
}

/** What a job is besides its definition. */
export interface Making {
  readonly definition: JobDefinition;
  readonly kind: WorkKind;
  readonly spec: WorkSpec;
  /** The earlier job that this one runs again. */
  readonly rerunOf: number | null;
  readonly note: string | null;
}

/** Makes a parent and its children, with the next free ids, and launches it. */
export function createJob(parts: CreateParts, making: Making): ParentJob {
  const { clock, results, table, changes } = parts;
  const { definition, kind, spec, rerunOf, note } = making;
  const { targets, items, name } = definition;
  const id = table.ids.reserve(1 + targets.length);
  const command = kind.describe(spec, null);
  const identity = { id, name: parentName(name, id), type: kind.jobType, command, rerunOf, note };
  const job = new ParentJob(identity, definition, clock, changes);
  const changed = job.childChanged.bind(job);
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
    return new ChildJob(childIdentity, results.open(childId), clock, changed);
  });
  table.add(job, children);
  job.launch(children);
  return job;
}
