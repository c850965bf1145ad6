import { safeLine } from '../../base/safe-text.ts';
import { ConfigError } from '../../model/errors.ts';

/** One thing that is said, and where. */
export interface Directive {
  /** In lower case, of several names for one thing always the same. */
  readonly keyword: string;
  readonly args: readonly string[];
  /** All that follows the keyword, as it was written: what a command is. */
  readonly rest: string;
  readonly origin: Origin;
  /** From 1; of the command line, the position of the option. */
  readonly line: number;
  /** Among everything that is said, in order. */
  readonly position: number;
}

/** A file, or one `-o` of the command line. */
export interface Origin {
  /** What messages call it. */
  readonly name: string;
  /** `system`: relative names in it begin in /etc/ssh. */
  readonly level: 'command line' | 'user' | 'system';
}

/** `~/.ssh/config:12`, or `-o Port=x`. */
export function placeOfDirective({ origin, line }: Directive): string {
  return origin.level === 'command line' ? origin.name : `${origin.name}:${String(line)}`;
}

/** Who says it: a file and a line, or the command line. */
export function sourceOf(directive: Directive): string {
  const isOption = directive.origin.level === 'command line';
  return isOption ? 'command line' : placeOfDirective(directive);
}

export function fault(place: string, problem: string, hint?: string): ConfigError {
  const message = safeLine(`${place}: ${problem}`, LONGEST);
  return new ConfigError('ssh-config', message, hint === undefined ? {} : { hint });
}

/** A path and what is wrong with a line of it. */
const LONGEST = 400;
