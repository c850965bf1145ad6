import { ConfigError } from '../model/errors.ts';
import type { JobState } from '../model/state.ts';
import type { ChildJob } from './child-job.ts';
import { AWAY } from './suspension.ts';

/** As much of a parent job as is needed here. */
export interface SuspendableJob {
  readonly identity: { readonly id: number };
  readonly state: JobState;
  readonly finished: boolean;
}

/** See JobController.suspend. `id` is what was asked for: the job, or the one child. */
export async function suspendChildren(id: number, children: readonly ChildJob[]): Promise<void> {
  const unfinished = children.filter((child) => !child.finished);
  if (unfinished.length === 0) throw new ConfigError('job-state', `job ${id} is finished`);
  // Those in the queue first: none of them is to get the turn of one that is stopped meanwhile.
  for (const child of unfinished) if (child.state === 'NotStarted') child.hold();
  const begun = unfinished.filter((child) => child.hasBegun);
  const refusals = await Promise.all(
    begun.map(async (child) => refusal(child, blocker(child) ?? (await child.suspend()))),
  );
  report('suspended', refusals);
}

/** See JobController.resume. `requeue` puts a child that waited for its turn back into the queue. */
export async function resumeChildren(
  id: number,
  children: readonly ChildJob[],
  requeue: (child: ChildJob) => void,
): Promise<void> {
  const suspended = children.filter(
    ({ state, isHalted }) => state === 'Suspended' || state === 'Suspending' || isHalted,
  );
  if (suspended.length === 0) throw new ConfigError('job-state', `job ${id} is not suspended`);
  const begun = suspended.filter((child) => child.hasBegun);
  const resumed = begun.map(async (child) =>
    refusal(child, child.state === 'Disconnected' ? AWAY : await child.resume()),
  );
  for (const child of suspended) {
    if (child.hasBegun || child.finished) continue;
    child.unhold();
    requeue(child);
  }
  report('resumed', await Promise.all(resumed));
}

/** Why a child that has begun cannot be suspended, as things are; null: it can. */
function blocker({ state, cause }: ChildJob): string | null {
  if (state === 'Blocked') return 'it waits for an answer';
  if (state === 'Disconnected') return AWAY;
  return state === 'Stopping' || cause !== null ? 'it is being stopped' : null;
}

function refusal(child: ChildJob, reason: string | null): string | null {
  return reason === null ? null : `${child.identity.target.name} (${reason})`;
}

function report(what: 'suspended' | 'resumed', refusals: readonly (string | null)[]): void {
  const said = refusals.filter((text) => text !== null);
  if (said.length === 0) return;
  const shown = said.slice(0, MOST_SHOWN).join(', ');
  const more = said.length > MOST_SHOWN ? ` and ${said.length - MOST_SHOWN} more` : '';
  throw new ConfigError('job-state', `cannot be ${what}: ${shown}${more}`);
}

/** One line has room for so many hosts. */
const MOST_SHOWN = 5;
