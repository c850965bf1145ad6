import type Yargs from 'yargs';
import type { OptionSpec } from './options/spec.ts';
import type { OptionsEnd } from './lexer.ts';
import type { Values } from './values.ts';
import { declareOptions, valuesOf } from './values.ts';
import { lex } from './lexer.ts';

/** One verb's arguments, read and checked. */
export interface Parsed {
  readonly values: Values;
  readonly words: readonly string[];
}

export async function parseArguments(
  args: readonly string[],
  specs: readonly OptionSpec[],
  end: OptionsEnd,
  verb: string,
): Promise<Parsed> {
  const { options, words } = lex(args, specs, end, verb);
  // Loading yargs takes longer than many a verb: without options there is nothing for it to read.
  if (options.length === 0) return { values: valuesOf({}, specs), words };
  const { default: yargs } = await import('yargs');
  return { values: readOptions(yargs, options, specs), words };
}

/** What yargs makes of options that `lex` has taken apart. */
export function readOptions(
  yargs: typeof Yargs,
  options: readonly string[],
  specs: readonly OptionSpec[],
): Values {
  const parser = yargs(options.map(quoted))
    .parserConfiguration(AS_TYPED)
    .detectLocale(false)
    .help(false)
    .version(false)
    .exitProcess(false)
    .fail(false)
    .strict();
  return valuesOf(declareOptions(parser, specs).parseSync(), specs);
}

/** yargs takes a pair of quotes off a value after `=`: one round every value keeps those that belong to it. */
function quoted(option: string): string {
  const equals = option.indexOf('=');
  return equals === -1 ? option : `${option.slice(0, equals + 1)}"${option.slice(equals + 1)}"`;
}

/** yargs reads options as they were typed: nothing is turned into a number, taken apart at dots, or renamed. */
const AS_TYPED = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'duplicate-arguments-array': true,
  'greedy-arrays': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
};
