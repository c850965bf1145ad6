import { Secret } from '../base/secret.ts';
import { ConfigError } from '../model/errors.ts';
import type { Context } from './command.ts';
import { firstLine } from './descriptor.ts';
import { INTERRUPTED } from './exit-status.ts';
import { Interrupted } from './interrupted.ts';
import type { AskAtTerminal } from './passphrase.ts';
import { questionsFor } from './questions.ts';
import { listenForSignals, type Interruption } from './signals.ts';
import { usageError } from './usage-error.ts';
import type { Values } from './values.ts';

/** A secret that options ask for, and those options. A verb that has none of them has no such secret. */
export interface SecretSource {
  /** What it is called in the question and in messages. */
  readonly what: string;
  /** The option, without dashes, that has it asked for. */
  readonly ask: string;
  /** The option, without dashes, that names a file descriptor to read it from. */
  readonly fd: string;
}

export const LOGIN_PASSWORD: SecretSource = {
  what: 'login password',
  ask: 'ask-pass',
  fd: 'pass-fd',
};

export const BECOME_PASSWORD: SecretSource = {
  what: 'become password',
  ask: 'ask-become-pass',
  fd: 'become-pass-fd',
};

/** What was asked for before the fan-out; null: it was not wanted. */
export interface Secrets {
  readonly password: Secret | null;
  readonly becomePassword: Secret | null;
}

export const NO_SECRETS: Secrets = { password: null, becomePassword: null };

/** Where answers come from: a person, or the program that asks one; null: nobody can be asked. */
export interface Answerer {
  readonly questions: AskAtTerminal | null;
  readonly interruption: Pick<Interruption, 'signal'>;
}

/**
 * All that a verb's options ask for, once, before any host is touched. An answer is never an argument or a variable, where
 * others could read it. Throws ConfigError `usage` where there is none; rejects with the signal's reason when it is aborted.
 */
export async function askSecrets(values: Values, from: Answerer): Promise<Secrets> {
  const password = await askSecret(LOGIN_PASSWORD, values, from);
  return { password, becomePassword: await askSecret(BECOME_PASSWORD, values, from) };
}

/** One of them; null: it was not wanted. */
export async function askSecret(
  { what, ask, fd }: SecretSource,
  values: Values,
  { questions, interruption }: Answerer,
): Promise<Secret | null> {
  const isAsked = values.has(ask) && values.given(ask);
  const descriptor = values.has(fd) ? values.number(fd) : null;
  if (isAsked && descriptor !== null) throw usageError(`--${ask} and --${fd} exclude each other`);
  if (descriptor !== null) {
    const line = await firstLine(descriptor, `--${fd}`, interruption.signal);
    return given(line, `--${fd} ${descriptor}: its first line, the ${what}, is empty`);
  }
  if (!isAsked) return null;
  if (questions === null) {
    throw new ConfigError('usage', `--${ask}: there is no terminal to ask for the ${what} at`, {
      hint: `--${fd} N reads it from a file descriptor; MUSTER_ASKPASS names a program that asks for it`,
    });
  }
  const name = `${what.charAt(0).toUpperCase()}${what.slice(1)}`;
  return given(await questions(name, true), `no ${what} was given`);
}

/** The same for a verb that begins a job and does not wait for it. Throws Interrupted when a signal comes first. */
export async function askSecretsBefore(values: Values, context: Context): Promise<Secrets> {
  if (![LOGIN_PASSWORD, BECOME_PASSWORD].some((source) => isWanted(source, values)))
    return NO_SECRETS;
  const { shell, clock, environment } = context;
  const interruption = listenForSignals(shell, clock, 0);
  try {
    const questions = questionsFor(environment, interruption);
    return await askSecrets(values, { questions, interruption });
  } catch (error) {
    if (interruption.first === null) throw error;
    throw new Interrupted(INTERRUPTED[interruption.first]);
  } finally {
    interruption.close();
  }
}

function isWanted({ ask, fd }: SecretSource, values: Values): boolean {
  return [ask, fd].some((name) => values.has(name) && values.given(name));
}

function given(answer: string, otherwise: string): Secret {
  if (answer === '') throw usageError(otherwise);
  return new Secret(answer);
}
