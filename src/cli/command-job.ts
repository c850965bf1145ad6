import { commandSpec, describeWork, localSpec, scriptSpec } from '../index.ts';
import type { Access } from '../model/access.ts';
import type { JobDefinition, JobInput } from '../model/definition.ts';
import type { WorkSpec } from '../model/ports/work.ts';
import { localTarget, type Target } from '../model/target.ts';
import { becomeFrom } from './become.ts';
import type { Context } from './command.ts';
import { inputFromFile, sharedInput } from './command-input.ts';
import { durableFrom } from './durable.ts';
import { absolutePath } from './environment.ts';
import { optionForHosts } from './for-hosts.ts';
import { jobDefinition } from './job-options.ts';
import { outputLimit } from './output-limit.ts';
import { milliseconds } from './seconds.ts';
import { parseCodes } from './numbers.ts';
import type { Parsed } from './parse.ts';
import { rolloutFrom } from './rollout.ts';
import type { Secrets } from './secrets.ts';
import { selectFrom } from './selection.ts';
import type { ScriptFile } from './script-file.ts';
import { localOptions, settingsFrom } from './settings.ts';
import { usageError } from './usage-error.ts';
import type { Values } from './values.ts';

/** A command to be run, as `run` and `start` take it: what was asked for, before anything was read. */
export interface CommandRequest {
  /** The words, and what a host's shell is given of them. */
  readonly words: readonly string[];
  readonly command: string;
  readonly okCodes: readonly number[];
  readonly stdin: string | null;
  readonly local: boolean;
  /** What is run in place of a command; null: a command is. */
  readonly script: ScriptFile | null;
}

/** The same with its targets and its input. */
export interface CommandJob extends CommandRequest {
  readonly targets: readonly Target[];
  readonly input: JobInput | null;
}

export function readCommand({ values, words }: Parsed, verb: string): CommandRequest {
  const command = words.join(' ');
  if (command.trim() === '') {
    throw usageError(
      words.length === 0 ? 'there is no command to run' : 'the command is empty',
      `the command comes after --, as in: muster ${verb} -w web1 -- uptime`,
    );
  }
  // Its mistakes are told before anything is read or asked for.
  rolloutFrom(values);
  becomeFrom(values, null);
  outputLimit(values);
  durableFrom(values);
  const local = values.flag('local');
  if (local) refuseTogether(values);
  return {
    words,
    command,
    okCodes: parseCodes('--ok-codes', values.many('ok-codes')),
    stdin: values.text('stdin'),
    local,
    script: null,
  };
}

/** Selects the targets. No host is touched, and nothing of the input is read. */
export async function commandTargets(
  values: Values,
  { local }: CommandRequest,
  context: Context,
): Promise<readonly Target[]> {
  if (local) return [localTarget(context.environment.user)];
  return (await selectFrom(values, context)).targets;
}

export async function openInput(path: string | null, context: Context): Promise<JobInput | null> {
  if (path === null) return null;
  if (path === '-') return { kind: 'stream', open: sharedInput(() => context.shell.stdin) };
  return inputFromFile(absolutePath(path, context.environment));
}

export function commandDefinition(
  values: Values,
  job: CommandJob,
  access: Access,
  context: Context,
  { becomePassword }: Secrets,
): JobDefinition {
  return {
    ...jobDefinition(
      workOf(values, job, context),
      job.targets,
      access,
      values,
      context.environment,
    ),
    timeoutMs: milliseconds(values.number('timeout')),
    okCodes: job.okCodes,
    durable: durableFrom(values),
    maxOutput: outputLimit(values),
    input: job.input,
    become: becomeFrom(values, becomePassword),
  };
}

/** What the command is on each target, where that is not the same; null: it is. Throws ConfigError. */
export function commandsFor(
  values: Values,
  job: CommandRequest,
  targets: readonly Target[],
  context: Context,
): readonly string[] | null {
  const commands = describeWork(workOf(values, job, context), targets, null);
  return values.flag('template') ? commands : null;
}

/** What is done on each target. Throws ConfigError. */
function workOf(values: Values, job: CommandRequest, context: Context): WorkSpec {
  if (job.local) return localSpec(job.words, localOptions(values, context));
  const settings = settingsFrom(values, context);
  if (job.script === null) return commandSpec(job.command, settings);
  const { file, bytes, args } = job.script;
  const via = values.text('via') === 'stdin' ? 'stdin' : 'file';
  return scriptSpec(file, bytes, { ...settings, args, via });
}

function refuseTogether(values: Values): void {
  const given = optionForHosts(values);
  if (given === undefined) return;
  throw usageError(
    `--local and --${given} exclude each other`,
    '--local runs on this machine, without SSH',
  );
}
