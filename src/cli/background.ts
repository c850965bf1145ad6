import type { Access } from '../model/access.ts';
import type { JobDefinition } from '../model/definition.ts';
import { accessFrom } from './access.ts';
import type { Context } from './command.ts';
import type { Environment } from './environment.ts';
import { EXIT } from './exit-status.ts';
import { printJob, type ListForm } from './job-list.ts';
import type { Secrets } from './secrets.ts';
import { withController } from './service-client.ts';
import { usageError } from './usage-error.ts';
import type { Values } from './values.ts';

/** Whether a verb that runs in the foreground was told to start a job in the background instead. */
export function asJob(values: Values): boolean {
  if (!values.flag('as-job')) {
    if (values.flag('prompt'))
      throw usageError(
        '--prompt is for jobs in the background',
        'in the foreground, passphrases are asked for at the terminal; or add --as-job',
      );
    return false;
  }
  const shown = FOREGROUND_ONLY.find((name) => values.has(name) && values.given(name));
  if (shown !== undefined)
    throw usageError(
      `--as-job and --${shown} exclude each other: a job in the background shows nothing`,
      'muster receive shows what it said',
    );
  if (values.text('controller') === 'never')
    throw usageError('--as-job needs a controller, and --controller never has none');
  return true;
}

/** How a job in the background logs in: nobody sits at its terminal. `secrets`: see askSecretsBefore. */
export function backgroundAccess(
  values: Values,
  environment: Environment,
  secrets: Secrets,
): Access {
  const prompt = values.flag('prompt') ? 'when-needed' : 'never';
  return { ...accessFrom(values, environment, { passphrase: null, secrets }), prompt };
}

/** Hands a job to the controller in the background, starting that where it has to, and prints it. Does not wait for any host. */
export function inBackground(
  definition: JobDefinition,
  form: ListForm,
  values: Values,
  context: Context,
): Promise<number> {
  if (definition.rollout.confirm && definition.access.prompt !== 'when-needed')
    throw usageError(
      '--confirm asks while the job runs, and in the background nobody is there to ask',
      'with --prompt it waits, Blocked, for muster answer',
    );
  return withController(values, context, async (controller) => {
    const job = await controller.start(definition);
    await printJob(job, form, context);
    return EXIT.completed;
  });
}

/** How the job is printed. `run --as-job` has the outputs of `run`: `live`, its default, is none that was asked for. */
export function startedForm(values: Values): ListForm {
  if (values.flag('quiet')) return 'quiet';
  const mode = values.text('output');
  if (mode === 'json' || mode === 'quiet') return mode;
  if (mode !== 'table' && values.given('output'))
    throw usageError(
      `--as-job and -O ${mode} exclude each other: a job in the background shows nothing`,
      'a started job is printed with -O table, json or quiet',
    );
  return 'table';
}

const FOREGROUND_ONLY: readonly string[] = [
  'gather',
  'no-prefix',
  'output-dir',
  'exit-max',
  'watch',
];
