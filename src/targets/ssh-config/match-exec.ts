import { spawnSync } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { splitCommand } from './command-words.ts';
import { fault } from './directive.ts';
import { expand, type Tokens, type Variables } from './tokens.ts';

export interface ExecContext {
  readonly home: string;
  readonly cwd: string;
  readonly env: Variables;
}

/**
 * Runs the command of a `Match exec` without a shell, and tells whether it succeeded. The operator has allowed it. Throws
 * ConfigError for a command that needs a shell or cannot be started, or that takes too long.
 */
export function execSucceeds(
  command: string,
  place: string,
  tokens: Tokens,
  context: ExecContext,
): boolean {
  const split = splitCommand(command, context.home, context.env);
  if ('problem' in split) {
    throw fault(
      place,
      `Match exec needs a shell, for ${split.problem}`,
      'no shell is used: put the command into a script of its own, and name that here',
    );
  }
  const fail = (problem: string): Error => fault(place, `Match exec ${problem}`);
  const [program = '', ...args] = split.words.map((word) => expand(word, tokens, null, fail));
  const done = spawnSync(program, args, {
    cwd: context.cwd,
    env: context.env,
    stdio: 'ignore',
    timeout: LONGEST_MS,
    shell: false,
  });
  if (done.error === undefined) return done.status === 0;
  const isLate = 'code' in done.error && done.error.code === 'ETIMEDOUT';
  const looked = isAbsolute(program) ? '' : ', which was looked for in PATH';
  throw fail(isLate ? 'did not end in 10 s' : `cannot run ${program}${looked}`);
}

/** It is run for hosts one after the other, before anything else happens. */
const LONGEST_MS = 10_000;
