import type { Access } from '../model/access.ts';
import { safeLine } from '../base/safe-text.ts';
import { askpassQuestions } from './askpass.ts';
import type { Environment } from './environment.ts';
import { terminalQuestions, type AskAtTerminal } from './passphrase.ts';
import type { Interruption } from './signals.ts';

/** Who answers questions: a person at the terminal, else the program that asks one; null: nobody can be asked. */
export function questionsFor(
  { variables }: Environment,
  { signal, raise }: Pick<Interruption, 'signal' | 'raise'>,
): AskAtTerminal | null {
  return terminalQuestions(signal, () => raise('SIGINT')) ?? askpassQuestions(variables, signal);
}

/** The same for the passphrases of key files. */
export function passphraseQuestion(questions: AskAtTerminal | null): Access['passphrase'] {
  if (questions === null) return null;
  return (file) => questions(`Passphrase for ${safeLine(file)}`, true);
}
