import type { Shell, Variables } from './shell.ts';
import { VERSION } from '../version.ts';

/**
 * The command line as a function: arguments, surroundings and environment in, exit status out, when everything was written. It imports next to
 * nothing, so that `--version` is answered before anything is loaded.
 */
export async function main(
  args: readonly string[],
  shell: Shell,
  variables: Variables,
): Promise<number> {
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    // A reader that has gone is no reason for a stack trace.
    shell.stdout.on('error', () => undefined);
    await new Promise((done) => {
      shell.stdout.write(`muster ${VERSION}\n`, done);
    });
    return 0;
  }
  const { dispatch } = await import('./dispatch.ts');
  return dispatch(args, shell, variables);
}
