import type { Shell, Variables } from './shell.ts';
import type { Context } from './command.ts';
import { ConfigError } from '../model/errors.ts';
import { EXIT } from './exit-status.ts';
import { VERBS } from './verbs.ts';
import { VERSION } from '../version.ts';
import type { VerbEntry } from './verbs.ts';
import { HELP_OPTION, verbHelp } from './help.ts';
import { nearMiss } from '../targets/near-miss.ts';
import { optionsOf } from './options/table.ts';
import { overview } from './overview.ts';
import { parseArguments } from './parse.ts';
import { readEnvironment } from './environment.ts';
import { safeLine } from '../base/safe-text.ts';
import { Interrupted } from './interrupted.ts';
import { streamOutput } from './output-stream.ts';
import { systemClock } from '../base/clock.ts';
import { usageError } from './usage-error.ts';

/** Finds the verb, reads its arguments, runs it; turns what is thrown into a message and an exit status. */
export async function dispatch(
  args: readonly string[],
  shell: Shell,
  variables: Variables,
): Promise<number> {
  const environment = readEnvironment(variables, shell.cwd());
  const stderr = streamOutput(shell.stderr);
  const context: Context = {
    shell,
    environment,
    clock: systemClock,
    stdout: streamOutput(shell.stdout),
    stderr,
    tell: (line) => void stderr.write(`muster: ${line}\n`),
    verbs: VERBS,
    call: (verb, words) => reported([verb, ...words], context),
  };
  const status = await reported(args, context);
  await Promise.all([context.stdout.flushed(), stderr.flushed()]);
  const { failure } = context.stdout;
  if (failure === null) return status;
  context.tell(`output was lost: ${safeLine(failure, MESSAGE_MAX)}`);
  await stderr.flushed();
  return status === EXIT.completed ? EXIT.failed : status;
}

function reported(args: readonly string[], context: Context): Promise<number> {
  return chosen(args, context).catch((error: unknown) => report(error, context));
}

async function chosen(args: readonly string[], context: Context): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined) {
    await context.stderr.write(overview());
    return EXIT.usage;
  }
  if (first === '--version' || first === '-V') {
    await context.stdout.write(`muster ${VERSION}\n`);
    return EXIT.completed;
  }
  if (first === '--help' || first === '-h' || first === 'help') {
    const [about] = rest;
    await context.stdout.write(about === undefined ? overview() : await helpOf(findVerb(about)));
    return EXIT.completed;
  }
  return runVerb(findVerb(first), rest, context);
}

async function runVerb(
  verb: VerbEntry,
  args: readonly string[],
  context: Context,
): Promise<number> {
  const command = await verb.load();
  const specs = [...optionsOf(verb.name), HELP_OPTION];
  const parsed = await parseArguments(args, specs, command.optionsEnd, verb.name);
  if (parsed.values.flag(HELP_OPTION.name)) {
    await context.stdout.write(await helpOf(verb));
    return EXIT.completed;
  }
  return command.run(parsed, context);
}

async function helpOf(verb: VerbEntry): Promise<string> {
  const { help } = await verb.load();
  return verbHelp(`muster ${verb.usage}`, help, [...optionsOf(verb.name), HELP_OPTION]);
}

function findVerb(name: string): VerbEntry {
  const found = VERBS.find((verb) => verb.name === name);
  if (found !== undefined) return found;
  const names = VERBS.map((verb) => verb.name);
  if (name.startsWith('-')) {
    const meant = nearMiss(name, ['--version', '--help']);
    throw usageError(
      `${name} stands where a verb belongs (${names.join(', ')})`,
      meant === null
        ? `options come after the verb, as in: muster run ${name} ...`
        : `did you mean ${meant}?`,
    );
  }
  const near = nearMiss(name, names);
  throw usageError(
    `unknown verb "${name}"`,
    near === null ? `the verbs are ${names.join(', ')}` : `did you mean muster ${near}?`,
  );
}

function report(error: unknown, context: Context): number {
  if (error instanceof Interrupted) return error.status;
  if (error instanceof ConfigError) {
    context.tell(safeLine(error.message, MESSAGE_MAX));
    if (error.hint !== null)
      void context.stderr.write(`hint: ${safeLine(error.hint, MESSAGE_MAX)}\n`);
    return EXIT.usage;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  context.tell(`internal error, please report it with these lines`);
  for (const line of text.split('\n'))
    void context.stderr.write(`  ${safeLine(line, MESSAGE_MAX)}\n`);
  return EXIT.failed;
}

/** A message may name a long path or expression; more is no message any more. */
const MESSAGE_MAX = 1000;
