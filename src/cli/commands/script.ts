import { asJob } from '../background.ts';
import { becomeFrom } from '../become.ts';
import type { Command, Context } from '../command.ts';
import type { CommandRequest } from '../command-job.ts';
import { durableFrom } from '../durable.ts';
import { parseCodes } from '../numbers.ts';
import { outputLimit } from '../output-limit.ts';
import type { Parsed } from '../parse.ts';
import { rolloutFrom } from '../rollout.ts';
import { readScriptFile } from '../script-file.ts';
import { usageError } from '../usage-error.ts';
import type { Values } from '../values.ts';
import { runRequest } from './run.ts';
import { startRequest } from './start.ts';

export const scriptCommand: Command = {
  help: {
    about: [
      'Runs a script of this machine on every target, with the interpreter that its first',
      'line names (#!/usr/bin/env python3; none: /bin/sh). FILE can be - for standard input.',
      'ARGS reach it byte for byte, whatever the login shell. On a host it is a private file',
      'that has no name any more when it begins ($0 is /dev/fd/9), or for interpreters that',
      'want one, like node, one that is removed when it ends: nothing of it stays there. Exit',
      'status 125 says that it, or --cwd, was not to be had there, and it did not begin.',
    ],
    examples: [
      "muster script -w 'web[01-20]' deploy.sh -- --release 2.1 'two words'",
      'muster script -g db -e PGPASSWORD --cwd /srv/db dump.py',
      'muster script -a --template tag.sh -- {host} {vars.role}',
    ],
  },
  optionsEnd: 'dashes-after-one',
  run: async (parsed, context) => {
    const { values } = parsed;
    const inForeground = !asJob(values);
    const request = await readScript(parsed, context);
    return inForeground
      ? runRequest(request, values, context)
      : startRequest(request, values, context);
  },
};

async function readScript({ values, words }: Parsed, context: Context): Promise<CommandRequest> {
  const [file, ...args] = words;
  if (file === undefined || file === '') {
    throw usageError('there is no script to run', 'as in: muster script -w web1 deploy.sh -- ARGS');
  }
  rolloutFrom(values);
  becomeFrom(values, null);
  outputLimit(values);
  durableFrom(values);
  const okCodes = parseCodes('--ok-codes', values.many('ok-codes'));
  const stdin = values.text('stdin');
  refuseTogether(file, stdin, values);
  const script = await readScriptFile(file, args, context);
  return { words, command: words.join(' '), okCodes, stdin, local: false, script };
}

function refuseTogether(file: string, stdin: string | null, values: Values): void {
  if (values.text('via') === 'stdin' && stdin !== null) {
    throw usageError(
      '--via stdin and --stdin exclude each other',
      'over stdin the script has no input but itself; as a file it has: --via file',
    );
  }
  if (file === '-' && (stdin === '-' || values.many('hosts-file').includes('-'))) {
    throw usageError('standard input can be read only once', 'the script is read from there');
  }
}
