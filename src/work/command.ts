import { ConfigError } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import type { WorkContext, WorkKind, WorkSpec } from '../model/ports/work.ts';
import type { WorkEnd } from '../model/outcome.ts';
import type { Target } from '../model/target.ts';
import { forgetDurable } from './durable/forget-durable.ts';
import { runDurable } from './durable/run-durable.ts';
import { fillPlaces } from './line-places.ts';
import { outputFilter } from './output/output-filter.ts';
import { runRemote } from './run-remote.ts';
import { hostVariables } from './wrap/host-variables.ts';
import { commandProgram, lineWords } from './wrap/program.ts';
import { runWrapped } from './wrap/run-wrapped.ts';
import { filledSettings, parseSettings, surroundings, type Settings } from './wrap/settings.ts';
import { templatePlaces, templateValue } from './wrap/template.ts';

/**
 * A command line for the login shell of each target's user, sent as it was typed. With settings that need it, a shell of
 * ours comes first and hands over to that.
 */
export type CommandSpec = WorkSpec &
  Settings & {
    readonly kind: 'command';
    readonly command: string;
    /** Lines of its output like `::warning::text` are records of that stream. */
    readonly markers: boolean;
    /** Lines of its output that hold a JSON object are structured records. */
    readonly records: boolean;
  };

export const commandKind: WorkKind<CommandSpec> = {
  kind: 'command',
  jobType: 'RemoteJob',
  parse,
  fits: (spec, targets) => {
    if (spec.template === true) for (const target of targets) filledCommand(spec, target);
  },
  describe: (spec, _, target) =>
    target === undefined ? spec.command : filledCommand(spec, target).command,
  run: (spec, context) => runCommand(filledCommand(spec, context.target), context, spec.command),
  canBeDurable: (spec) => spec.tty === undefined,
  forget: (_, context) => forgetDurable(context),
};

function parse(spec: WorkSpec): CommandSpec {
  const command = parseCommand(spec);
  if (command.template === true) templatePlaces(command.command, false);
  return command;
}

/** A command of which it is not yet said how its places are read. Throws ConfigError. */
export function parseCommand(spec: WorkSpec): CommandSpec {
  return {
    kind: 'command',
    command: commandLine(spec['command']),
    markers: isOn(spec['markers'], 'markers'),
    records: isOn(spec['records'], 'records'),
    ...parseSettings(spec),
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

/** `name` on or off, as a part of a spec of work. Throws ConfigError. */
export function isOn(value: Json | undefined, name: string): boolean {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new ConfigError('usage', `${name} of a command is true or false`);
  }
  return value ?? false;
}

/** As it is for one host. Throws ConfigError where that has not what its template wants. */
export function filledCommand(spec: CommandSpec, target: Target): CommandSpec {
  if (spec.template !== true) return spec;
  const { parts } = templatePlaces(spec.command, false);
  const command = fillPlaces(parts, (name) => templateValue(name, target));
  return { ...spec, ...filledSettings(spec, target), command };
}

/**
 * Runs a command that was filled in, where it is a template. csh takes a line feed for the end of a command, in quotes too:
 * where one came in with a value, a shell of ours comes first, and runs nothing where the login's is that.
 */
export function runCommand(
  spec: CommandSpec,
  context: WorkContext,
  template: string,
): Promise<WorkEnd> {
  const filter = outputFilter(spec, context);
  // As items do, which may be names of somebody else's files.
  const keepsLines = lineFeeds(spec.command) > lineFeeds(template);
  const around = surroundings(spec, context) ?? (keepsLines ? { cwd: null, env: {} } : null);
  const words = lineWords(spec.command, { isOther: context.become !== null, keepsLines });
  const extras = { tty: spec.tty ?? null };
  if (context.durable) {
    const durably = around ?? { cwd: null, env: hostVariables(context) };
    return runDurable({ program: commandProgram(words, durably), bytes: null }, context, filter);
  }
  return around === null
    ? runRemote(spec.command, context, filter, { ...extras, env: hostVariables(context) })
    : runWrapped({ program: commandProgram(words, around), bytes: null }, context, filter, extras);
}

function lineFeeds(text: string): number {
  return text.split('\n').length - 1;
}
