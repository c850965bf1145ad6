import type { RecoveredJob } from '../model/ports/journal.ts';
import type { WorkKind, WorkSpec } from '../model/ports/work.ts';
import type { ChildJob } from './child-job.ts';
import { ChildResources } from './child-resources.ts';
import type { Keeping } from './forget-on-host.ts';
import type { Forgetting } from './forgetting.ts';
import type { ParentJob } from './parent-job.ts';

export interface EndedRun {
  readonly job: ParentJob;
  readonly child: ChildJob;
  readonly kind: WorkKind;
  readonly spec: WorkSpec;
  readonly resources: ChildResources;
}

/** Sees to what the host of a child keeps of its durable work, which has ended. Takes over the resources. */
export function oweEnded(
  forgetting: Forgetting,
  { job, child, kind, spec, resources }: EndedRun,
): void {
  const { definition } = job;
  const { id: childId, parentId: jobId, target } = child.identity;
  const { instanceId, places, failure } = child;
  const keeping: Keeping = {
    jobId,
    childId,
    instanceId,
    target,
    definition,
    kind,
    spec,
    places: places ?? NOWHERE,
  };
  // A beginning that found no room has left something, too.
  const began = failure === null || failure.mayHaveRun || failure.phase === 'local';
  if (!(resources.sent || resources.maySent) || !began) forgetting.isNot(keeping, null, resources);
  // Where contact was lost for good, trying again may do harm. A host that says itself that it lost it is there.
  else if (failure?.code === 'lost' && resources.connection === null)
    forgetting.isNot(keeping, 'contact was lost for good', resources);
  else forgetting.owe(keeping, child.log, resources);
}

/** The same of what an earlier controller has left: of the children that had ended; of all it owed, where the job was removed. */
export function oweRecovered(
  forgetting: Forgetting,
  { kind, spec }: { readonly kind: WorkKind; readonly spec: WorkSpec },
  recovered: RecoveredJob,
  children: readonly ChildJob[] | null,
): void {
  const { id: jobId, definition, instanceIds, owing } = recovered;
  if (!definition.durable) return;
  for (const [index, target] of definition.targets.entries()) {
    const childId = jobId + 1 + index;
    const {
      begun = null,
      ended = null,
      taken = null,
      isForgotten,
    } = recovered.children[index] ?? {};
    const child = children?.[index] ?? null;
    const isOwed =
      child === null
        ? owing?.includes(childId) === true
        : child.finished && begun !== null && isForgotten !== true;
    if (!isOwed) continue;
    const places = ended?.places ?? taken?.places ?? NOWHERE;
    const instanceId = instanceIds[index] ?? '';
    const keeping = { jobId, childId, instanceId, target, definition, kind, spec, places };
    forgetting.owe(keeping, child?.log ?? null, new ChildResources());
  }
}

const NOWHERE = { output: 0, error: 0 };
