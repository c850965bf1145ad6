import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { abortReason } from '../base/abort.ts';
import { errorCode } from '../base/system-error.ts';
import type { AskAtTerminal } from './passphrase.ts';
import type { Variables } from './shell.ts';
import { usageError } from './usage-error.ts';

/**
 * Has a program ask, as ssh does with $SSH_ASKPASS where there is no terminal (ssh(1), ENVIRONMENT): it is given the question as
 * its one argument, without a shell, and the first line it prints is the answer; nothing, where it fails. $MUSTER_ASKPASS comes
 * first. null: neither is set.
 */
export function askpassQuestions(
  variables: Variables,
  cancelled: AbortSignal,
): AskAtTerminal | null {
  const name = ['MUSTER_ASKPASS', 'SSH_ASKPASS'].find((one) => variables[one]);
  const program = name === undefined ? undefined : variables[name];
  if (name === undefined || program === undefined) return null;
  let last: Promise<unknown> = Promise.resolve();
  return (question, _secret, signal) => {
    const over = signal === undefined ? cancelled : AbortSignal.any([cancelled, signal]);
    // One question at a time, whoever asks.
    const answer = last.then(() => ask(program, `${question}: `, name, variables, over));
    last = answer.catch(() => undefined);
    return answer;
  };
}

async function ask(
  program: string,
  question: string,
  name: string,
  variables: Variables,
  cancelled: AbortSignal,
): Promise<string> {
  const asking = spawn(program, [question], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...variables },
    signal: cancelled,
  });
  const said: Buffer[] = [];
  let size = 0;
  asking.stdout.on('data', (bytes: Buffer) => {
    size += bytes.length;
    if (size <= LONGEST) said.push(bytes);
  });
  try {
    await once(asking, 'close');
    if (asking.exitCode !== 0) return '';
    return Buffer.concat(said).toString('utf8').split(/\r?\n/u, 1)[0] ?? '';
  } catch (error) {
    if (cancelled.aborted) throw abortReason(cancelled);
    throw usageError(`${name}: ${program} cannot be run: ${errorCode(error) ?? 'unknown error'}`);
  } finally {
    for (const bytes of said) bytes.fill(0);
  }
}

/** An answer is one line; more is none. */
const LONGEST = 4096;
