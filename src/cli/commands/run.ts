import type { Command, Context } from '../command.ts';
import { EXIT, INTERRUPTED, exitMax, exitStatus } from '../exit-status.ts';
import { absolutePath } from '../environment.ts';
import { type CommandInput, inputFromFile, sharedInput } from '../command-input.ts';
import type { JobDefinition } from '../../model/definition.ts';
import type { JobView } from '../../model/job.ts';
import type { Parsed } from '../parse.ts';
import type { Session } from '../session.ts';
import type { Target } from '../../model/target.ts';
import type { Values } from '../values.ts';
import { accessFrom, warnOfPolicy } from '../access.ts';
import { commandSpec } from '../../index.ts';
import { dryRun } from '../dry-run.ts';
import { inForeground } from '../foreground.ts';
import { inSession } from '../session.ts';
import { jobDefinition, milliseconds } from '../job-options.ts';
import { jobOutput, presenterOf } from '../job-output.ts';
import { parseCodes } from '../numbers.ts';
import { selectFrom } from '../selection.ts';
import { usageError } from '../usage-error.ts';

/** What `muster run` was asked to do, beside the options that every job takes. */
interface RunOptions {
  readonly command: string;
  readonly okCodes: readonly number[];
  readonly stdin: string | null;
  readonly exitMax: boolean;
}

export const runCommand: Command = {
  help: {
    about: [
      'Runs a command on every target at once, shows what the hosts say as they say it,',
      "and exits with the job's result. The words of COMMAND are joined with spaces and",
      "run by the remote user's shell, as ssh does. Options end at -- or at the first",
      'word that is none: whatever follows belongs to the command.',
    ],
    examples: [
      "muster run -w 'web[01-20]' -- uptime",
      'muster run -g web -x web07 -b -- uname -r',
      "muster run -a -u 60 -- 'df -h / | tail -1'",
    ],
  },
  optionsEnd: 'first-word',
  run: (parsed, context) => runJob(parsed, context),
};

/** What `muster run` does; `onEnd` is given the job as it ended. */
export function runJob(
  parsed: Parsed,
  context: Context,
  onEnd: (job: JobView) => void = () => undefined,
): Promise<number> {
  return run(parsed, readOptions(parsed), context, onEnd);
}

function readOptions({ values, words }: Parsed): RunOptions {
  const command = words.join(' ');
  if (command.trim() === '') {
    throw usageError(
      words.length === 0 ? 'there is no command to run' : 'the command is empty',
      'the command comes after --, as in: muster run -w web1 -- uptime',
    );
  }
  return {
    command,
    okCodes: parseCodes('--ok-codes', values.many('ok-codes')),
    stdin: values.text('stdin'),
    exitMax: values.flag('exit-max'),
  };
}

async function run(
  { values }: Parsed,
  options: RunOptions,
  context: Context,
  onEnd: (job: JobView) => void,
): Promise<number> {
  const output = jobOutput(values, context);
  const { targets } = await selectFrom(values, context);
  if (values.flag('dry-run')) return dryRun(targets, options.command, output, context);
  const input = await openInput(options.stdin, context);
  warnOfPolicy(values, context);
  return inSession(context, async (session) => {
    const definition = await defined(values, options, targets, input, session, context);
    const presenter = await presenterOf(output, targets.length, context);
    const end = await inForeground(session, definition, presenter, context);
    const signal = session.interruption.first;
    if (end === null) return INTERRUPTED[signal ?? 'SIGINT'];
    onEnd(end.job);
    const status = options.exitMax ? exitMax(end.job, signal) : exitStatus(end.job, signal);
    return status === EXIT.completed && end.outputLost ? EXIT.failed : status;
  });
}

async function defined(
  values: Values,
  options: RunOptions,
  targets: readonly Target[],
  input: CommandInput | null,
  session: Session,
  context: Context,
): Promise<JobDefinition> {
  const access = accessFrom(values, context.environment, session.passphrase);
  return {
    ...jobDefinition(commandSpec(options.command), targets, access, values),
    timeoutMs: milliseconds(values.number('timeout')),
    retries: values.number('retries') ?? 0,
    okCodes: options.okCodes,
    input,
  };
}

async function openInput(path: string | null, context: Context): Promise<CommandInput | null> {
  if (path === null) return null;
  if (path === '-') return sharedInput(() => context.shell.stdin);
  return inputFromFile(absolutePath(path, context.environment));
}
