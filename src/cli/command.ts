import type { Clock } from '../base/clock.ts';
import type { Environment } from './environment.ts';
import type { OptionsEnd } from './lexer.ts';
import type { VerbName } from './options/spec.ts';
import type { Parsed } from './parse.ts';
import type { Shell } from './shell.ts';
import type { StreamOutput } from './output-stream.ts';
import type { VerbHelp } from './help.ts';

/** One verb: how it is described, how its arguments end, and what it does. */
export interface Command {
  readonly help: VerbHelp;
  readonly optionsEnd: OptionsEnd;
  /** Resolves to the exit status. Throws ConfigError for mistakes of the operator's: exit status 2. */
  run(parsed: Parsed, context: Context): Promise<number>;
}

/** What every verb works with. */
export interface Context {
  readonly shell: Shell;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly stdout: StreamOutput;
  readonly stderr: StreamOutput;
  /** A line of our own on stderr. */
  tell(line: string): void;
  /** Every verb there is, for those that speak about verbs. */
  readonly verbs: readonly VerbSummary[];
  /** Runs another verb, as if it had been called; its mistakes are told here, and are exit status 2. */
  call(verb: string, args: readonly string[]): Promise<number>;
}

export interface VerbSummary {
  readonly name: VerbName;
  readonly summary: string;
}
