import type { WorkKind, WorkSpec } from '../model/ports/work.ts';
import { contextOf } from './child-context.ts';
import type { ChildJob } from './child-job.ts';
import { ChildResources } from './child-resources.ts';
import type { ParentJob } from './parent-job.ts';
import type { Reacher } from './reach.ts';
import type { Course } from './rollout/course.ts';
import { verdict, verdictOfError, type VerdictFacts } from './verdict.ts';

export interface ChildRun {
  readonly job: ParentJob;
  readonly child: ChildJob;
  readonly kind: WorkKind;
  readonly spec: WorkSpec;
  readonly course: Course;
  readonly reacher: Reacher;
}

/** One child from its turn to its end. Never rejects, and always leaves the child finished. */
export async function runChild(run: ChildRun): Promise<void> {
  const { job, child, kind, spec, course, reacher } = run;
  const resources = new ChildResources();
  const { signal, suspension } = child.begin();
  const facts = (): VerdictFacts => ({
    cause: child.cause,
    sent: resources.sent,
    okCodes: job.definition.okCodes,
  });
  try {
    const before = course.before(child, signal, suspension);
    if (before !== null) await before;
    const { cut } = course;
    const context = contextOf({ job, child, cut, reacher, resources, signal, suspension });
    child.settle(verdict(await kind.run(spec, context), facts()));
  } catch (error) {
    child.settle(verdictOfError(error, facts()));
  } finally {
    resources.release();
  }
}
