import type { Command, Context } from '../command.ts';
import type { Parsed } from '../parse.ts';
import { complete, type Completion } from '../completion/candidates.ts';
import { completionSources } from '../completion/sources.ts';
import { FILES_LINE, shellOf } from '../completion/shells.ts';
import { EXIT } from '../exit-status.ts';
import { safeLine } from '../../base/safe-text.ts';
import { usageError } from '../usage-error.ts';

export const completionCommand: Command = {
  help: {
    about: [
      'Prints a script that teaches a shell to complete verbs, options, groups, hosts and',
      'job names. The script asks `muster completion -- candidates WORDS...` for the words',
      'that can stand where the cursor is.',
    ],
    examples: [
      'eval "$(muster completion bash)"        # in ~/.bashrc',
      'eval "$(muster completion zsh)"         # in ~/.zshrc, after compinit',
      'muster completion fish | source         # in ~/.config/fish/config.fish',
    ],
  },
  optionsEnd: 'first-word',
  run: (parsed, context) => completion(parsed, context),
};

async function completion({ words }: Parsed, context: Context): Promise<number> {
  const [name, ...rest] = words;
  if (name === 'candidates') {
    const found = await complete(rest.map(unquoted), completionSources(context));
    await context.stdout.write(lines(found));
    return EXIT.completed;
  }
  const script = name === undefined ? null : shellOf.script(name);
  if (script === null || rest.length > 0) {
    throw usageError(
      name === undefined ? 'which shell?' : `no completion for "${words.join(' ')}"`,
      `muster completion ${shellOf.names.join('|')}`,
    );
  }
  await context.stdout.write(script);
  return EXIT.completed;
}

function lines({ candidates, files }: Completion): string {
  const found = candidates.map(({ word, about }) =>
    about === ''
      ? `${safeLine(word, LONGEST)}\n`
      : `${safeLine(word, LONGEST)}\t${safeLine(about)}\n`,
  );
  return [...found, ...(files ? [`${FILES_LINE}\n`] : [])].join('');
}

/** bash hands words on as they were typed, with a quotation mark that was opened. */
function unquoted(word: string): string {
  return word.replace(/^["']/u, '').replaceAll(/\\(.)/gu, '$1');
}

/** A node set that was typed so far may be long. */
const LONGEST = 10_000;
