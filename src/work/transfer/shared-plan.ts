import { digestOf } from './digests.ts';
import { planUpload, type LocalPlan, type PlanEntry } from './local-plan.ts';
import type { UploadSpec } from './spec.ts';

/** What all children of a job send: looked at once for all of them, and each file's digest made once. */
export interface SharedPlan extends LocalPlan {
  /** null: the file has become shorter. */
  digest(entry: PlanEntry): Promise<string | null>;
  /** Whoever has a whole file in memory has its digest cheaply. */
  noteDigest(entry: PlanEntry, digest: string): void;
}

/** A job that is run again has a new look. */
export function planOf(spec: UploadSpec, jobId: number): Promise<SharedPlan> {
  const known = PLANS.get(spec);
  if (known?.jobId === jobId) return known.plan;
  const plan = planUpload(spec.sources).then(shared);
  PLANS.set(spec, { jobId, plan });
  return plan;
}

function shared(plan: LocalPlan): SharedPlan {
  const digests = new Map<PlanEntry, Promise<string | null>>();
  return {
    ...plan,
    digest: (entry) => {
      const known = digests.get(entry);
      if (known !== undefined) return known;
      const made = digestOf(entry.path, entry.size);
      digests.set(entry, made);
      return made;
    },
    noteDigest: (entry, digest) => {
      if (!digests.has(entry)) digests.set(entry, Promise.resolve(digest));
    },
  };
}

/** A job's spec is one object for all its children. */
const PLANS = new WeakMap<
  UploadSpec,
  { readonly jobId: number; readonly plan: Promise<SharedPlan> }
>();
