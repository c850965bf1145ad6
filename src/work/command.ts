import { ConfigError } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import type { WorkContext, WorkKind, WorkSpec } from '../model/ports/work.ts';
import type { WorkEnd } from '../model/outcome.ts';
import { outputFilter } from './output/output-filter.ts';
import { runRemote } from './run-remote.ts';

/** A command line for the login shell of each target's user, sent as it was typed. */
export interface CommandSpec extends WorkSpec {
  readonly kind: 'command';
  readonly command: string;
  /** Lines of its output like `::warning::text` are records of that stream. */
  readonly markers: boolean;
  /** Lines of its output that hold a JSON object are structured records. */
  readonly records: boolean;
}

export const commandKind: WorkKind<CommandSpec> = {
  kind: 'command',
  jobType: 'RemoteJob',
  parse,
  describe: (spec) => spec.command,
  run,
};

function parse({ command, markers, records }: WorkSpec): CommandSpec {
  return {
    kind: 'command',
    command: commandLine(command),
    markers: isOn(markers, 'markers'),
    records: isOn(records, 'records'),
  };
}

/** A command line that can be sent; `what` names it in the message. Throws ConfigError. */
export function commandLine(text: Json | undefined, what = 'command'): string {
  if (typeof text !== 'string') throw new ConfigError('usage', `a ${what} has to be text`);
  if (text.trim() === '') throw new ConfigError('usage', `the ${what} is empty`);
  // Servers take it as a C string, and end the connection over this.
  if (text.includes('\0')) throw new ConfigError('usage', `the ${what} holds a NUL character`);
  return text;
}

function isOn(value: Json | undefined, name: string): boolean {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new ConfigError('usage', `${name} of a command is true or false`);
  }
  return value ?? false;
}

function run(spec: CommandSpec, context: WorkContext): Promise<WorkEnd> {
  return runRemote(spec.command, context, outputFilter(spec, context));
}
