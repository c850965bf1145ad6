import type { Clock } from '../base/clock.ts';
import type { JobView } from '../model/job.ts';
import { isFinished, type JobState } from '../model/state.ts';
import type { ChildJob } from './child-job.ts';
import type { Follower } from './follower.ts';
import { childEvent, parentEvent } from './state-event.ts';

/** As much of a parent job as there is to tell. */
export interface Told {
  readonly identity: { readonly id: number };
  readonly state: JobState;
  readonly children: readonly ChildJob[];
  view(): JobView;
}

/** Tells a new follower how a job came to be as it is: the shortest way to the states there are, and what is unread. */
export function replay(follower: Follower, job: Told, clock: Clock): void {
  const { id } = job.identity;
  const view = job.view();
  const begin = view.begin ?? clock.now();
  follower.push(parentEvent(id, 'NotStarted', 'Running', begin));
  for (const child of job.children) replayChild(follower, child, begin);
  if (job.state !== 'Running') {
    follower.push(parentEvent(id, 'Running', job.state, view.end ?? clock.now()));
  }
  if (isFinished(job.state)) follower.push({ event: 'end', job: view });
}

function replayChild(follower: Follower, child: ChildJob, earliest: number): void {
  const { began, changedAt, state } = child;
  if (began !== null) follower.push(childEvent(child, 'NotStarted', 'Running', began));
  if (child.log.hasUnread) follower.lookAgain(child);
  const last = began === null ? 'NotStarted' : 'Running';
  if (state !== last) follower.push(childEvent(child, last, state, changedAt ?? earliest));
}
