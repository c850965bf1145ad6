import { batchSizes } from '../model/batches.ts';
import { fillText } from '../index.ts';
import type { JobDefinition } from '../model/definition.ts';
import type { WorkSpec } from '../model/ports/work.ts';
import type { Target } from '../model/target.ts';
import { accessFrom, warnOfPolicy } from './access.ts';
import { asJob, backgroundAccess, inBackground, startedForm } from './background.ts';
import type { Context } from './command.ts';
import { dryRun, type DryRunOptions } from './dry-run.ts';
import type { Environment } from './environment.ts';
import { exitStatus, INTERRUPTED } from './exit-status.ts';
import { inForeground } from './foreground.ts';
import { jobDefinition } from './job-options.ts';
import { jobOutput, presenterOf } from './job-output.ts';
import type { Parsed } from './parse.ts';
import { rolloutFrom } from './rollout.ts';
import { milliseconds } from './seconds.ts';
import { askSecretsBefore } from './secrets.ts';
import { selectFrom } from './selection.ts';
import { inSession } from './session.ts';
import { usageError } from './usage-error.ts';
import type { Values } from './values.ts';

/** What is copied, and where to, as it was typed. */
export interface Paths {
  readonly sources: readonly string[];
  readonly dest: string;
}

/** `SRC... DEST`. */
export function readPaths({ words }: Parsed, verb: string): Paths {
  const dest = words.at(-1);
  const sources = words.slice(0, -1);
  if (dest === undefined || sources.length === 0) {
    throw usageError(
      `${verb} needs what to copy and where to`,
      `as in: muster ${verb} -w web1 -- SRC... DEST`,
    );
  }
  const empty = words.find((word) => word === '');
  if (empty !== undefined) throw usageError(`${verb}: a path is empty`);
  return { sources, dest };
}

/** A spec of either direction. */
export interface Transfer extends WorkSpec {
  readonly dest: string;
}

/** What a transfer would move, for those who only want to know. */
export type Preview = () => Promise<{
  readonly text: string;
  readonly details: NonNullable<DryRunOptions['details']>;
}>;

/** A transfer as a job, in the foreground or, with --as-job, in the background. */
export async function transfer(
  { values }: Parsed,
  work: Transfer,
  preview: Preview,
  context: Context,
): Promise<number> {
  const form = asJob(values) ? startedForm(values) : null;
  const output = jobOutput(values, context);
  const rollout = rolloutFrom(values);
  const { targets } = await selectFrom(values, context);
  // A host that has nothing to fill in is found before any is touched.
  for (const target of targets) fillText(work.dest, target);
  if (values.flag('dry-run')) {
    const { text, details } = await preview();
    return dryRun(targets, text, output, context, { rollout, details });
  }
  warnOfPolicy(values, context);
  if (form !== null) {
    const secrets = await askSecretsBefore(values, context);
    const access = backgroundAccess(values, context.environment, secrets);
    return inBackground(
      definitionOf(work, targets, access, values, context.environment),
      form,
      values,
      context,
    );
  }
  return inSession(values, context, async (session) => {
    const access = accessFrom(values, context.environment, session);
    const definition = definitionOf(work, targets, access, values, context.environment);
    const batches = batchSizes(targets.length, rollout.batches);
    const presenter = await presenterOf(output, targets.length, context, null, batches);
    const end = await inForeground(session, definition, presenter, context);
    const signal = session.interruption.first;
    return end === null ? INTERRUPTED[signal ?? 'SIGINT'] : exitStatus(end.job, signal);
  });
}

function definitionOf(
  work: WorkSpec,
  targets: readonly Target[],
  access: JobDefinition['access'],
  values: Values,
  environment: Environment,
): JobDefinition {
  return {
    ...jobDefinition(work, targets, access, values, environment),
    timeoutMs: milliseconds(values.number('timeout')),
  };
}
