import { warnOfPolicy } from '../access.ts';
import { backgroundAccess, inBackground, startedForm } from '../background.ts';
import { becomeFrom } from '../become.ts';
import type { Command, Context } from '../command.ts';
import {
  commandDefinition,
  commandsFor,
  commandTargets,
  openInput,
  readCommand,
  type CommandRequest,
} from '../command-job.ts';
import { dryRun } from '../dry-run.ts';
import type { Parsed } from '../parse.ts';
import { rolloutFrom } from '../rollout.ts';
import { askSecretsBefore } from '../secrets.ts';
import type { Values } from '../values.ts';

export const startCommand: Command = {
  help: {
    about: [
      'Starts a command on every target in the background, prints the job and returns at',
      'once. A controller is started where none runs; it keeps what the hosts say until it',
      'is received. The same as muster run --as-job.',
    ],
    examples: [
      "muster start -w 'web[01-20]' -- apt-get update",
      'muster start -g web --name nightly -- ./backup',
      'muster start --local -- make test',
    ],
  },
  optionsEnd: 'first-word',
  run: start,
};

async function start(parsed: Parsed, context: Context): Promise<number> {
  return startRequest(readCommand(parsed, 'start'), parsed.values, context);
}

/** The same of what was read already. */
export async function startRequest(
  request: CommandRequest,
  values: Values,
  context: Context,
): Promise<number> {
  const form = startedForm(values);
  const targets = await commandTargets(values, request, context);
  if (values.flag('dry-run')) {
    const output = { mode: form, quiet: false };
    const rollout = rolloutFrom(values);
    const commands = commandsFor(values, request, targets, context);
    const become = becomeFrom(values, null);
    return dryRun(targets, request.command, output, context, { rollout, commands, become });
  }
  const input = await openInput(request.stdin, context);
  warnOfPolicy(values, context);
  const secrets = await askSecretsBefore(values, context);
  const access = backgroundAccess(values, context.environment, secrets);
  const job = { ...request, targets, input };
  const definition = commandDefinition(values, job, access, context, secrets);
  return inBackground(definition, form, values, context);
}
