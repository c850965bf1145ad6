import { createHash, hash } from 'node:crypto';
import { Blocks } from './blocks.ts';
import { digestOf } from './digests.ts';
import { planUpload, type LocalPlan, type PlanEntry } from './local-plan.ts';
import type { UploadSpec } from './spec.ts';

/** What all children of a job send: looked at once for all of them, and each file's digest made once. */
export interface SharedPlan extends LocalPlan {
  readonly blocks: Blocks;
  /** null: the file has become shorter. */
  digest(entry: PlanEntry): string | Promise<string | null>;
  /** Whoever has all of a file makes its digest at once. */
  keepDigest(entry: PlanEntry, bytes: Uint8Array): void;
  /** Whoever reads a whole file anyway makes its digest on the way; null: somebody else does, or has. */
  makeDigest(entry: PlanEntry): DigestMaker | null;
}

export interface DigestMaker {
  /** The next bytes of the file. */
  add(bytes: Uint8Array): void;
  /** That was all of it; or, with false, it will not come. */
  end(isWhole: boolean): void;
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
  const digests = new Map<PlanEntry, string | Promise<string | null>>();
  return {
    ...plan,
    blocks: new Blocks(),
    digest: (entry) => {
      const known = digests.get(entry);
      if (known !== undefined) return known;
      const made = digestOf(entry.path, entry.size);
      digests.set(entry, made);
      return made;
    },
    keepDigest: (entry, bytes) => {
      if (!digests.has(entry)) digests.set(entry, hash('sha256', bytes));
    },
    makeDigest: (entry) => {
      if (digests.has(entry)) return null;
      const made = createHash('sha256');
      let settle: (digest: string | Promise<string | null>) => void = () => undefined;
      digests.set(
        entry,
        new Promise((resolve) => {
          settle = resolve;
        }),
      );
      return {
        add: (bytes) => void made.update(bytes),
        // Those who wait for it must not wait in vain.
        end: (isWhole) => settle(isWhole ? made.digest('hex') : digestOf(entry.path, entry.size)),
      };
    },
  };
}

/** A job's spec is one object for all its children. */
const PLANS = new WeakMap<
  UploadSpec,
  { readonly jobId: number; readonly plan: Promise<SharedPlan> }
>();
