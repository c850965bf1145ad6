import { hostCleanSpec } from '../../index.ts';
import type { Access } from '../../model/access.ts';
import type { JobDefinition } from '../../model/definition.ts';
import type { Target } from '../../model/target.ts';
import { accessFrom, warnOfPolicy } from '../access.ts';
import { asJob, backgroundAccess, inBackground, startedForm } from '../background.ts';
import { becomeFrom } from '../become.ts';
import type { Command, Context } from '../command.ts';
import { exitStatus, INTERRUPTED } from '../exit-status.ts';
import { inForeground } from '../foreground.ts';
import { jobDefinition } from '../job-options.ts';
import { jobOutput, presenterOf } from '../job-output.ts';
import type { Parsed } from '../parse.ts';
import { askSecretsBefore, type Secrets } from '../secrets.ts';
import { selectFrom } from '../selection.ts';
import { inSession } from '../session.ts';
import { usageError } from '../usage-error.ts';
import type { Values } from '../values.ts';

export const hostCleanCommand: Command = {
  help: {
    about: [
      'Removes what durable commands have left on the targets when nobody received what they',
      'said: output, errors and status, of the user who logs in or, with --become, of another.',
      'What runs is never touched, nor what anything was written to within --older-than.',
    ],
    examples: [
      'muster host-clean -a',
      'muster host-clean -g web --older-than 12h --dry-run',
      'muster host-clean -a --become -O json',
    ],
  },
  optionsEnd: 'dashes',
  run: hostClean,
};

async function hostClean({ values, words }: Parsed, context: Context): Promise<number> {
  const [word] = words;
  if (word !== undefined)
    throw usageError(`host-clean runs no command: "${word}"`, 'name hosts with -w');
  const form = asJob(values) ? startedForm(values) : null;
  const output = jobOutput(values, context);
  becomeFrom(values, null);
  const olderThan = minutesOf(values.text('older-than') ?? '');
  const work = hostCleanSpec({ olderThan, dryRun: values.flag('dry-run') });
  const { targets } = await selectFrom(values, context);
  warnOfPolicy(values, context);
  const define = (access: Access, { becomePassword }: Secrets): JobDefinition =>
    definitionOf(work, targets, access, values, becomePassword, context);
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

function definitionOf(
  work: JobDefinition['work'],
  targets: readonly Target[],
  access: Access,
  values: Values,
  password: Secrets['becomePassword'],
  { environment }: Context,
): JobDefinition {
  return {
    ...jobDefinition(work, targets, access, values, environment),
    become: becomeFrom(values, password),
  };
}

/** `30m`, `12h`, `7d`, `1d12h`; 0. */
function minutesOf(text: string): number {
  if (text === '0') return 0;
  const [, days, hours, minutes] =
    /^(?=\d)(?:(\d{1,4})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?$/u.exec(text) ?? [];
  if (days === undefined && hours === undefined && minutes === undefined) {
    throw usageError(`--older-than: "${text}" is no age`, 'an age is like 30m, 12h or 7d');
  }
  return (Number(days ?? 0) * 24 + Number(hours ?? 0)) * 60 + Number(minutes ?? 0);
}
