import type { Command, Context } from '../command.ts';
import { asJob, backgroundAccess, inBackground, startedForm } from '../background.ts';
import { INTERRUPTED, exitStatus } from '../exit-status.ts';
import { accessFrom, warnOfPolicy } from '../access.ts';
import { jobOutput, presenterOf } from '../job-output.ts';
import type { JobDefinition } from '../../model/definition.ts';
import type { JobOutput } from '../job-output.ts';
import type { Parsed } from '../parse.ts';
import type { Reach } from '../../model/ports/transport.ts';
import { askSecretsBefore } from '../secrets.ts';
import type { Session } from '../session.ts';
import { checkSpec } from '../../index.ts';
import { delay } from '../../base/clock.ts';
import { dryRun } from '../dry-run.ts';
import { inForeground } from '../foreground.ts';
import { inSession } from '../session.ts';
import { jobDefinition } from '../job-options.ts';
import { redrawn } from '../redraw.ts';
import { selectFrom } from '../selection.ts';
import { refuseCommand, usageError } from '../usage-error.ts';

/** What `muster check` was asked to do, beside the options that every job takes. */
interface CheckOptions {
  readonly until: Reach;
  readonly count: number;
  readonly intervalMs: number;
  readonly watch: boolean;
}

export const checkCommand: Command = {
  help: {
    about: [
      'Looks whether every target can be reached and logged in to: its name, the TCP',
      'connection, the SSH greeting, the login. Nothing is run there.',
    ],
    examples: [
      'muster check -a',
      "muster check -w 'web[01-20]' --until tcp",
      'muster check -g db --count 5 --interval 1 -O json',
    ],
  },
  optionsEnd: 'dashes',
  run: (parsed, context) => check(parsed, readOptions(parsed), context),
};

function readOptions({ values, words }: Parsed): CheckOptions {
  refuseCommand('check', words);
  const watch = values.flag('watch');
  if (watch && values.text('output') === 'json') {
    throw usageError(
      '--watch never ends, and -O json is one document',
      '-O jsonl goes with --watch',
    );
  }
  return {
    until: reach(values.text('until')),
    count: values.number('count') ?? 1,
    intervalMs: Math.round((values.number('interval') ?? 0) * 1000),
    watch,
  };
}

async function check({ values }: Parsed, options: CheckOptions, context: Context): Promise<number> {
  const form = asJob(values) ? startedForm(values) : null;
  const output = jobOutput(values, context);
  const { targets } = await selectFrom(values, context);
  const { until, count, intervalMs } = options;
  if (values.flag('dry-run')) return dryRun(targets, `check --until ${until}`, output, context);
  warnOfPolicy(values, context);
  const work = checkSpec(until, { count, intervalMs });
  if (form !== null) {
    const secrets = await askSecretsBefore(values, context);
    const access = backgroundAccess(values, context.environment, secrets);
    const definition = jobDefinition(work, targets, access, values, context.environment);
    return inBackground(definition, form, values, context);
  }
  return inSession(values, context, async (session) => {
    const access = accessFrom(values, context.environment, session);
    const definition = jobDefinition(work, targets, access, values, context.environment);
    if (!options.watch) return round(session, definition, output, context);
    return watch(session, definition, options, output, context);
  });
}

/** Round after round, until a signal comes; the exit status is that signal's. */
async function watch(
  session: Session,
  definition: JobDefinition,
  options: CheckOptions,
  output: JobOutput,
  context: Context,
): Promise<number> {
  const screen = redrawn(output);
  const { interruption } = session;
  while (interruption.first === null) {
    screen.begin();
    await round(session, definition, screen.output, context);
    // Only the signal cuts the pause short, and the loop's own condition sees that.
    await delay(context.clock, options.intervalMs, interruption.signal).catch(() => undefined);
  }
  return INTERRUPTED[interruption.first];
}

async function round(
  session: Session,
  definition: JobDefinition,
  output: JobOutput,
  context: Context,
): Promise<number> {
  const presenter = await presenterOf(output, definition.targets.length, context);
  const end = await inForeground(session, definition, presenter, context);
  const signal = session.interruption.first;
  if (end === null) return INTERRUPTED[signal ?? 'SIGINT'];
  // A watch may go on for weeks: what was shown is not kept. A controller in the background sees to that itself.
  if (!session.inBackground) await session.controller.remove(end.job.id);
  return exitStatus(end.job, signal);
}

function reach(text: string | null): Reach {
  return text === 'resolve' || text === 'tcp' || text === 'ssh' ? text : 'auth';
}
