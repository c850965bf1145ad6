import type { Access } from '../model/access.ts';
import { JOB_DEFAULTS } from '../model/defaults.ts';
import type { JobDefinition } from '../model/definition.ts';
import type { Target } from '../model/target.ts';
import type { WorkSpec } from '../model/ports/work.ts';
import { auditFrom } from './audit.ts';
import type { Environment } from './environment.ts';
import { rolloutFrom } from './rollout.ts';
import { milliseconds } from './seconds.ts';
import type { Values } from './values.ts';

/** A job from the options that every kind of job takes; each verb adds its own. */
export function jobDefinition(
  work: WorkSpec,
  targets: readonly Target[],
  access: Access,
  values: Values,
  environment: Environment,
): JobDefinition {
  return {
    ...JOB_DEFAULTS,
    work,
    targets,
    access,
    name: values.text('name'),
    fanout: values.number('fanout') ?? JOB_DEFAULTS.fanout,
    connectTimeoutMs:
      milliseconds(values.number('connect-timeout')) ?? JOB_DEFAULTS.connectTimeoutMs,
    retries: (values.has('retries') ? values.number('retries') : null) ?? JOB_DEFAULTS.retries,
    retryDelayMs: values.has('retry-delay') ? milliseconds(values.number('retry-delay')) : null,
    rollout: rolloutFrom(values),
    items: null,
    input: null,
    verbosity: verbosityOf(values),
    audit: auditFrom(values, environment),
    keepMs: milliseconds(values.number('persist')),
  };
}

/** How much a job is to say of its connections: 1 for `-v`, 2 for `-vv`. */
export function verbosityOf(values: Values): 0 | 1 | 2 {
  const count = values.count('verbose');
  if (count === 0) return 0;
  return count === 1 ? 1 : 2;
}
