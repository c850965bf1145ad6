import type { Access } from '../model/access.ts';
import type { JobDefinition } from '../model/definition.ts';
import type { WorkSpec } from '../model/ports/work.ts';
import { accessFrom, warnOfPolicy } from './access.ts';
import { asJob, backgroundAccess, inBackground, startedForm } from './background.ts';
import { becomeFrom } from './become.ts';
import type { Context } from './command.ts';
import { exitStatus, INTERRUPTED } from './exit-status.ts';
import { inForeground } from './foreground.ts';
import { jobDefinition } from './job-options.ts';
import { jobOutput, presenterOf, type JobOutput } from './job-output.ts';
import { askSecretsBefore, type Secrets } from './secrets.ts';
import { milliseconds } from './seconds.ts';
import { selectFrom } from './selection.ts';
import { inSession } from './session.ts';
import type { Values } from './values.ts';

/**
 * Does work of ours on every target, as whom the command line says: in the foreground, or as a job in the background.
 * `shown`: how the output differs from what its options say.
 */
export async function doOnHosts(
  work: WorkSpec,
  values: Values,
  context: Context,
  shown: Partial<JobOutput> = {},
): Promise<number> {
  const form = asJob(values) ? startedForm(values) : null;
  const output = { ...jobOutput(values, context), ...shown };
  becomeFrom(values, null);
  const { targets } = await selectFrom(values, context);
  warnOfPolicy(values, context);
  const define = (access: Access, { becomePassword }: Secrets): JobDefinition => ({
    ...jobDefinition(work, targets, access, values, context.environment),
    become: becomeFrom(values, becomePassword),
    timeoutMs: values.has('timeout') ? milliseconds(values.number('timeout')) : null,
  });
  if (form !== null) {
    const secrets = await askSecretsBefore(values, context);
    const access = backgroundAccess(values, context.environment, secrets);
    return inBackground(define(access, secrets), form, values, context);
  }
  return inSession(values, context, async (session) => {
    const definition = define(accessFrom(values, context.environment, session), session.secrets);
    const presenter = await presenterOf(output, targets.length, context);
    const end = await inForeground(session, definition, presenter, context);
    const signal = session.interruption.first;
    return end === null ? INTERRUPTED[signal ?? 'SIGINT'] : exitStatus(end.job, signal);
  });
}
