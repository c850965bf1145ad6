import { safeLine } from '../base/safe-text.ts';
import { FailureError } from '../model/failure.ts';
import type { Outcome, WorkEnd } from '../model/outcome.ts';
import type { WorkKind, WorkSpec } from '../model/ports/work.ts';
import { contextOf, writerOf } from './child-context.ts';
import type { ChildJob } from './child-job.ts';
import { childOutput } from './child-output.ts';
import { ChildResources } from './child-resources.ts';
import type { Forgetting } from './forgetting.ts';
import { oweEnded } from './owed.ts';
import type { ParentJob } from './parent-job.ts';
import type { Reacher } from './reach.ts';
import type { Course } from './rollout/course.ts';
import { verdict, verdictOfError, withoutOutput, type VerdictFacts } from './verdict.ts';

export interface ChildRun {
  readonly job: ParentJob;
  readonly child: ChildJob;
  readonly kind: WorkKind;
  readonly spec: WorkSpec;
  readonly course: Course;
  readonly reacher: Reacher;
  readonly forgetting: Forgetting;
}

/** One child from its turn to its end. Never rejects, and leaves the child finished, unless it is to stay as it is. */
export async function runChild(run: ChildRun): Promise<void> {
  const { job, child, kind, spec, course, reacher } = run;
  const resources = new ChildResources();
  resources.sent = child.goesOnFrom !== null;
  resources.maySent = resources.sent;
  const { signal, suspension } = child.begin();
  const { okCodes, maxOutput } = job.definition;
  const output = childOutput(
    maxOutput,
    {
      write: writerOf(job, child),
      took: (places) => {
        child.places = places;
        child.books?.took(places);
      },
      exceeded: (limitBytes) => child.overLimit({ kind: 'output-limit', limitBytes }),
    },
    child.goesOnFrom,
  );
  const facts = (): VerdictFacts => ({
    cause: child.cause,
    sent: resources.sent,
    okCodes,
    note: output.end(),
  });
  try {
    if (job.missing !== null && child.goesOnFrom === null) throw incomplete(job.missing);
    const before = course.before(child, signal, suspension);
    if (before !== null) await before;
    const { cut } = course;
    const context = contextOf({ job, child, output, cut, reacher, resources, signal, suspension });
    const end = await kind.run(spec, context);
    if (child.cause?.kind !== 'detach')
      child.settle(outcomeOf(child, verdict(end, facts()), isWhole(end)));
  } catch (error) {
    if (child.cause?.kind !== 'detach')
      child.settle(outcomeOf(child, verdictOfError(error, facts()), false));
  } finally {
    if (job.definition.durable && child.finished) {
      oweEnded(run.forgetting, { job, child, kind, spec, resources });
    } else resources.release();
  }
}

/** What has ended does not end once more, and in another way: it was gone on with only for what it wrote. */
function outcomeOf({ known }: ChildJob, outcome: Outcome, isFetched: boolean): Outcome {
  if (known === null) return outcome;
  return isFetched ? known.outcome : withoutOutput(known.outcome);
}

function isWhole({ kind }: WorkEnd): boolean {
  return kind === 'exit' || kind === 'signal' || kind === 'failed';
}

function incomplete(missing: string): FailureError {
  return new FailureError({
    phase: 'local',
    code: 'internal',
    message: safeLine(
      `it was not kept, when its controller was killed, with ${missing}: run it anew`,
    ),
    mayHaveRun: false,
    via: null,
  });
}
