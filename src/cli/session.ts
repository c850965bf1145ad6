import { INTERRUPTED } from './exit-status.ts';
import { NPM_ECHO_MS, listenForSignals } from './signals.ts';
import type { Access } from '../model/access.ts';
import type { Context } from './command.ts';
import type { Interruption } from './signals.ts';
import type { JobController } from '../model/ports/controller.ts';
import type { StopSignal } from './shell.ts';
import { createController } from '../index.ts';
import { foldNodeSet } from '../targets/nodeset/fold.ts';
import { isFinished } from '../model/state.ts';
import { terminalPassphrase } from './passphrase.ts';

/** A controller of this command's own, and the signals that reach it. */
export interface Session {
  readonly controller: JobController;
  readonly interruption: Interruption;
  readonly passphrase: Access['passphrase'];
}

/**
 * Lends a session to a task that gives the exit status, and closes it after: jobs are stopped, connections ended,
 * whatever happened. Only a second signal does not wait for that.
 */
export async function inSession(
  context: Context,
  task: (session: Session) => Promise<number>,
): Promise<number> {
  const { shell, clock, environment } = context;
  const warn = (text: string): void => context.tell(`warning: ${text}`);
  const controller = createController({ clock, keepMs: 0, warn });
  const interruption = listenForSignals(shell, clock, environment.underNpm ? NPM_ECHO_MS : 0);
  const passphrase = terminalPassphrase(interruption.signal, () => interruption.raise('SIGINT'));
  const done = async (): Promise<number> => {
    try {
      return await task({ controller, interruption, passphrase });
    } finally {
      await controller.dispose();
    }
  };
  try {
    const left = interruption.insisted.then((signal) => leave(signal, controller, context));
    return await Promise.race([done(), left]);
  } finally {
    interruption.close();
  }
}

/** Leaves without waiting, but not without naming the hosts of which nobody knows whether the command has ended there. */
async function leave(
  signal: StopSignal,
  controller: JobController,
  context: Context,
): Promise<number> {
  const jobs = await controller.jobs();
  const open = jobs
    .flatMap((job) => job.children)
    .filter((child) => !isFinished(child.state) || child.endConfirmed === false);
  if (open.length > 0) {
    const names = foldNodeSet(open.map((child) => child.host));
    context.tell(`left at once; not confirmed to have ended on ${names} (${open.length})`);
  }
  // What still waits for a reader that takes nothing must not hold us either.
  context.stdout.abandon();
  context.stderr.abandon();
  return INTERRUPTED[signal];
}
