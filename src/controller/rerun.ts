import type { JobDefinition } from '../model/definition.ts';
import { ConfigError } from '../model/errors.ts';
import { UNREACHED_PHASES, type Failure } from '../model/failure.ts';
import type { HostResult, RerunRequest } from '../model/ports/controller.ts';
import { isFinished, type FinishedState, type JobState } from '../model/state.ts';

/** As much of a finished job as is needed to run it again. */
export interface Rerunnable {
  readonly identity: { readonly id: number };
  readonly definition: JobDefinition;
  readonly state: JobState;
  readonly children: readonly RerunnableChild[];
}

export interface RerunnableChild {
  readonly identity: { readonly index: number };
  readonly state: JobState;
  readonly failure: Failure | null;
  readonly hasBegun: boolean;
}

export interface Rerun {
  readonly definition: JobDefinition;
  readonly note: string;
}

/** The same work again, on those of these children's hosts that came out as the request says. Throws ConfigError. */
export function rerunOf(
  job: Rerunnable,
  children: readonly RerunnableChild[],
  { hosts, agent, audit = null }: RerunRequest,
): Rerun {
  const { definition } = job;
  const { id } = job.identity;
  const { access } = definition;
  if (!isFinished(job.state)) {
    throw new ConfigError('job-state', `job ${id} is not finished (${job.state})`, {
      hint: 'wait for it, or stop it first',
    });
  }
  const indices = children
    .filter((child) => isFinished(child.state) && hosts.includes(hostResult(child, child.state)))
    .map(({ identity }) => identity.index);
  if (indices.length === 0) {
    throw new ConfigError('empty-selection', `no host of job ${id} was ${hosts.join(' or ')}`);
  }
  return {
    definition: {
      ...definition,
      targets: indices.flatMap((index) => definition.targets[index] ?? []),
      items: definition.items && indices.flatMap((index) => definition.items?.[index] ?? []),
      // Whoever asks for it again wants what was refused to be tried again.
      access: { ...access, agent, password: access.password?.givenAgain() ?? null },
      audit: audit ?? definition.audit,
    },
    note: `rerun of job ${id} on ${indices.length} of its ${job.children.length} hosts`,
  };
}

function hostResult({ failure, hasBegun }: RerunnableChild, state: FinishedState): HostResult {
  switch (state) {
    case 'Completed':
      return 'completed';
    case 'Failed':
      return failure !== null && UNREACHED_PHASES.has(failure.phase) ? 'unreachable' : 'failed';
    case 'Stopped':
      return hasBegun ? 'stopped' : 'never-started';
  }
}
