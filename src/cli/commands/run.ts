import { batchSizes } from '../../model/batches.ts';
import type { JobView } from '../../model/job.ts';
import { accessFrom, warnOfPolicy } from '../access.ts';
import { asJob } from '../background.ts';
import { becomeFrom } from '../become.ts';
import type { Command, Context } from '../command.ts';
import {
  commandDefinition,
  commandsFor,
  commandTargets,
  openInput,
  readCommand,
  type CommandJob,
  type CommandRequest,
} from '../command-job.ts';
import { dryRun } from '../dry-run.ts';
import { EXIT, INTERRUPTED, exitMax, exitStatus } from '../exit-status.ts';
import { inForeground } from '../foreground.ts';
import { jobOutput, presenterOf, type JobOutput } from '../job-output.ts';
import type { Parsed } from '../parse.ts';
import { rolloutFrom } from '../rollout.ts';
import { inSession } from '../session.ts';
import type { Values } from '../values.ts';
import { startCommand } from './start.ts';

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
      'muster run -g web --batch 1,10%,50% --confirm --max-failures 2 -- ./upgrade',
    ],
  },
  optionsEnd: 'first-word',
  run: (parsed, context) =>
    asJob(parsed.values) ? startCommand.run(parsed, context) : runJob(parsed, context),
};

/** What `muster run` does in the foreground; `onEnd` is given the job as it ended. */
export function runJob(
  parsed: Parsed,
  context: Context,
  onEnd: (job: JobView) => void = () => undefined,
): Promise<number> {
  return runRequest(readCommand(parsed, 'run'), parsed.values, context, onEnd);
}

/** The same of what was read already. */
export async function runRequest(
  request: CommandRequest,
  values: Values,
  context: Context,
  onEnd: (job: JobView) => void = () => undefined,
): Promise<number> {
  const output = jobOutput(values, context);
  const targets = await commandTargets(values, request, context);
  if (values.flag('dry-run')) {
    const rollout = rolloutFrom(values);
    const commands = commandsFor(values, request, targets, context);
    const become = becomeFrom(values, null);
    return dryRun(targets, request.command, output, context, { rollout, commands, become });
  }
  const input = await openInput(request.stdin, context);
  warnOfPolicy(values, context);
  return foreground(values, { ...request, targets, input }, output, context, onEnd);
}

function foreground(
  values: Values,
  job: CommandJob,
  output: JobOutput,
  context: Context,
  onEnd: (job: JobView) => void,
): Promise<number> {
  return inSession(values, context, async (session) => {
    const access = accessFrom(values, context.environment, session);
    const definition = commandDefinition(values, job, access, context, session.secrets);
    const total = job.targets.length;
    const batches = batchSizes(total, definition.rollout.batches);
    const presenter = await presenterOf(output, total, context, null, batches);
    const end = await inForeground(session, definition, presenter, context);
    const signal = session.interruption.first;
    if (end === null) return INTERRUPTED[signal ?? 'SIGINT'];
    onEnd(end.job);
    const status = values.flag('exit-max') ? exitMax(end.job, signal) : exitStatus(end.job, signal);
    return status === EXIT.completed && end.outputLost ? EXIT.failed : status;
  });
}
