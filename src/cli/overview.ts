import { row } from './help.ts';
import { VERBS } from './verbs.ts';

/** The help text of the program as a whole. */
export function overview(): string {
  const verbs = VERBS.flatMap((verb) => row(`  ${verb.name}`, verb.summary, VERB_COLUMN));
  return `Usage: muster VERB [targets] [options]

Runs one command on many hosts at once over SSH: one parent job for the command,
one child job for each host, and an exit status that tells what became of them.

Verbs:
${verbs.join('\n')}

  muster VERB --help lists the options of a verb; muster --version the version.

Examples:
  muster run -w 'web[01-20]' -- uptime
  muster run -g web -b -- uname -r
  muster check -a
  muster hosts '@web!web03' --fold
  muster start -g web -- ./backup; muster jobs; muster receive 1 --wait

Exit status of run, check, wait and receive --wait, the first that fits: 130,
129, 143 interrupted by Ctrl-C, HUP, TERM; 2 a mistake in the call or a file, or
no such job: nothing was run; 1 a command failed; 4 a host was not reached; 124
a time limit; 5 a job waits for somebody; 3 stopped; 0 all completed.
`;
}

const VERB_COLUMN = 14;
