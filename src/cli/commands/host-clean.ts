import { hostCleanSpec } from '../../index.ts';
import type { Command, Context } from '../command.ts';
import { doOnHosts } from '../host-work.ts';
import type { Parsed } from '../parse.ts';
import { refuseCommand, usageError } from '../usage-error.ts';

export const hostCleanCommand: Command = {
  help: {
    about: [
      'Removes what durable commands have left on the targets when nobody received what they',
      'said: output, errors and status, of the user who logs in or, with --become, of another.',
      'What runs is never touched, nor what anything was written to within --older-than.',
    ],
    examples: [
      'muster host-clean -a',
      'muster host-clean -g web --older-than 12h --dry-run',
      'muster host-clean -a --become -O json',
    ],
  },
  optionsEnd: 'dashes',
  run: hostClean,
};

async function hostClean({ values, words }: Parsed, context: Context): Promise<number> {
  refuseCommand('host-clean', words);
  const olderThan = minutesOf(values.text('older-than') ?? '');
  const work = hostCleanSpec({ olderThan, dryRun: values.flag('dry-run') });
  return doOnHosts(work, values, context);
}

/** `30m`, `12h`, `7d`, `1d12h`; 0. */
function minutesOf(text: string): number {
  if (text === '0') return 0;
  const [, days, hours, minutes] =
    /^(?=\d)(?:(\d{1,4})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?$/u.exec(text) ?? [];
  if (days === undefined && hours === undefined && minutes === undefined) {
    throw usageError(`--older-than: "${text}" is no age`, 'an age is like 30m, 12h or 7d');
  }
  return (Number(days ?? 0) * 24 + Number(hours ?? 0)) * 60 + Number(minutes ?? 0);
}
