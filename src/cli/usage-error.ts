import { ConfigError } from '../model/errors.ts';
import { safeLine } from '../base/safe-text.ts';

/** A mistake in how the program was called: exit status 2, nothing was run. */
export function usageError(message: string, hint: string | null = null): ConfigError {
  // What was typed stands in the message, and may have been pasted from anywhere.
  return new ConfigError('usage', safeLine(message), hint === null ? {} : { hint: safeLine(hint) });
}

/** For verbs that do what they do on hosts, and nothing else: a word is a host without its option. */
export function refuseCommand(verb: string, words: readonly string[]): void {
  const [word] = words;
  if (word !== undefined)
    throw usageError(`${verb} runs no command: "${word}"`, 'name hosts with -w');
}
