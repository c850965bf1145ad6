import yargs from 'yargs';
import { lex, type OptionsEnd } from '../../src/cli/lexer.ts';
import type { VerbName } from '../../src/cli/options/spec.ts';
import { optionsOf } from '../../src/cli/options/table.ts';
import { readOptions, type Parsed } from '../../src/cli/parse.ts';

/** What a verb makes of its arguments. */
export function parse(verb: VerbName, args: readonly string[], end: OptionsEnd = 'dashes'): Parsed {
  const specs = optionsOf(verb);
  const { options, words } = lex(args, specs, end, verb);
  return { values: readOptions(yargs, options, specs), words };
}
