import { ConfigError } from '../model/errors.ts';
import type { RemoteController } from '../service/service.ts';
import type { Context } from './command.ts';
import { EXIT, INTERRUPTED } from './exit-status.ts';
import { runningController } from './service-client.ts';
import { listenForSignals, NPM_ECHO_MS, type Interruption } from './signals.ts';
import type { Values } from './values.ts';

/** What a verb on jobs works with. */
export interface JobVerb {
  readonly controller: RemoteController;
  readonly interruption: Interruption;
}

/**
 * Lends the running controller to a verb on jobs. A signal ends the verb and no job: it has a moment to finish what it
 * writes, and a second signal does not wait for that. `none` says what to do where no controller runs.
 */
export async function withRunning(
  values: Values,
  context: Context,
  none: () => number | Promise<number>,
  task: (verb: JobVerb) => Promise<number>,
): Promise<number> {
  const { shell, clock, environment } = context;
  const interruption = listenForSignals(shell, clock, environment.underNpm ? NPM_ECHO_MS : 0);
  try {
    const controller = await runningController(values, context);
    if (controller === null) return await none();
    const left = interruption.insisted.then((signal) => {
      context.stdout.abandon();
      context.stderr.abandon();
      return INTERRUPTED[signal];
    });
    return await Promise.race([carriedOut({ controller, interruption }, task), left]);
  } finally {
    interruption.close();
  }
}

async function carriedOut(
  verb: JobVerb,
  task: (verb: JobVerb) => Promise<number>,
): Promise<number> {
  try {
    const status = await task(verb);
    const { first } = verb.interruption;
    return first === null ? status : INTERRUPTED[first];
  } catch (error) {
    const { first } = verb.interruption;
    // What was given up because of the signal, like a question at the terminal, has no other news.
    if (first !== null) return INTERRUPTED[first];
    throw error;
  } finally {
    await verb.controller.dispose();
  }
}

/** Told of one job, while others go on. */
export function tellFailure(error: unknown, job: string, context: Context): number {
  if (!(error instanceof ConfigError)) throw error;
  // Where the message begins with the job already, the title takes that place.
  const rest = /^job \d+(?= )/u.exec(error.message);
  context.tell(
    rest === null ? `${job}: ${error.message}` : `${job}${error.message.slice(rest[0].length)}`,
  );
  return EXIT.usage;
}
