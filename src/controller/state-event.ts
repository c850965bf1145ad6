import type { StateEvent } from '../model/event.ts';
import type { JobState } from '../model/state.ts';
import type { ChildJob } from './child-job.ts';

export function parentEvent(id: number, from: JobState, to: JobState, time: number): StateEvent {
  return { event: 'state', jobId: id, parentId: null, host: null, from, to, time, failure: null };
}

export function childEvent(
  { identity, failure }: ChildJob,
  from: JobState,
  to: JobState,
  time: number,
): StateEvent {
  const { id: jobId, parentId, target } = identity;
  return { event: 'state', jobId, parentId, host: target.name, from, to, time, failure };
}
