import type { JobEvent } from '../model/event.ts';
import type { JobView } from '../model/job.ts';
import { isFinished } from '../model/state.ts';

/** On which hosts a command may still run, as far as this process was told: for when the controller can no longer say. */
export interface OpenHosts {
  started(job: JobView): void;
  saw(event: JobEvent): void;
  /** Jobs that were started and not seen to end. */
  readonly jobs: readonly number[];
  /** Their hosts that were not seen to end. */
  names(): readonly string[];
}

export function openHosts(): OpenHosts {
  const jobs = new Map<number, Map<number, string>>();
  return {
    started: ({ id, children }) => {
      const open = children.filter(({ state }) => !isFinished(state));
      jobs.set(id, new Map(open.map((child) => [child.id, child.host])));
    },
    saw: (event) => {
      if (event.event === 'end') jobs.delete(event.job.id);
      if (event.event !== 'state' || event.parentId === null || !isFinished(event.to)) return;
      jobs.get(event.parentId)?.delete(event.jobId);
    },
    get jobs() {
      return [...jobs.keys()];
    },
    names: () => Array.from(jobs.values(), (children) => Array.from(children.values())).flat(),
  };
}
