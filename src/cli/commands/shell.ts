import { ConfigError } from '../../model/errors.ts';
import type { JobController } from '../../model/ports/controller.ts';
import { accessFrom, warnOfPolicy } from '../access.ts';
import { becomeFrom } from '../become.ts';
import { auditFrom } from '../audit.ts';
import type { Command, Context } from '../command.ts';
import { EXIT } from '../exit-status.ts';
import { printJobs } from '../job-list.ts';
import { jobOutput, type JobOutput } from '../job-output.ts';
import type { Parsed } from '../parse.ts';
import { passphraseQuestion, questionsFor } from '../questions.ts';
import { askSecretsBefore, type Secrets } from '../secrets.ts';
import { selectionRequest } from '../selection.ts';
import { withController } from '../service-client.ts';
import { runColon } from '../shell/colon.ts';
import { pipedLines, terminalLines, type LineSource } from '../shell/lines.ts';
import { RememberedPassphrases } from '../shell/passphrases.ts';
import { promptOf } from '../shell/prompt.ts';
import { readShellLine } from '../shell/read-line.ts';
import { runLine } from '../shell/run-line.ts';
import { ShellState } from '../shell/state.ts';
import { usageError } from '../usage-error.ts';

export const shellCommand: Command = {
  help: {
    about: [
      'Reads lines and runs each on every target: what the hosts say is gathered, each',
      'distinct output once. Every host keeps its working directory from line to line.',
      'Ctrl-C stops the line, not the shell. A line that ends in & becomes a job in the',
      'background. Lines that begin with a colon are for the shell itself; :help lists them.',
    ],
    examples: ["muster shell -w 'web[01-20]'", 'muster shell -g db -l root'],
  },
  optionsEnd: 'dashes',
  run: (parsed, context) => interactive(parsed, context),
};

/** What the lines of one shell share. */
interface Session {
  readonly controller: JobController;
  readonly state: ShellState;
  readonly output: JobOutput;
  readonly passphrases: RememberedPassphrases | null;
  readonly secrets: Secrets;
  readonly parsed: Parsed;
  readonly context: Context;
}

async function interactive(parsed: Parsed, context: Context): Promise<number> {
  const { values, words } = parsed;
  const [word] = words;
  if (word !== undefined) {
    throw usageError(
      `shell takes no command: "${word}"`,
      'muster run runs one; here, lines are typed',
    );
  }
  becomeFrom(values, null);
  const state = new ShellState(values, await selectionRequest(values, context));
  await state.begin(context);
  warnOfPolicy(values, context);
  const secrets = await askSecretsBefore(values, context);
  const nobody = { signal: new AbortController().signal, raise: ignore };
  const asked = passphraseQuestion(questionsFor(context.environment, nobody));
  const passphrases = asked === null ? null : new RememberedPassphrases(asked);
  const output = { ...jobOutput(values, context), quiet: true };
  return withController(values, context, async (controller) => {
    const lines = isTerminal(context) ? terminalLines(context.shell) : pipedLines(context.shell);
    // Ctrl-C between two lines must not be what ends the shell.
    context.shell.on('SIGINT', ignore);
    try {
      return await readOn(
        { controller, state, output, passphrases, secrets, parsed, context },
        lines,
      );
    } finally {
      context.shell.off('SIGINT', ignore);
      lines.close();
      passphrases?.forget();
    }
  });
}

/** Line after line; the exit status is that of the last, as a shell's is. */
async function readOn(session: Session, lines: LineSource): Promise<number> {
  const { state, context } = session;
  let status: number = EXIT.completed;
  for (;;) {
    const typed = await lines.next(promptOf(state.folded, state.count, context.stdout.columns));
    if (typed.kind === 'end') break;
    if (typed.kind === 'interrupted') {
      await context.stdout.write('\n');
      continue;
    }
    try {
      const next = await carryOut(typed.text, session);
      if (next === 'quit') return status;
      status = next ?? status;
    } catch (error) {
      // A mistake in one line is told, and the next may be right. A controller that is gone ends the shell.
      if (!(error instanceof ConfigError) || error.code === 'service') throw error;
      context.tell(error.message);
      if (error.hint !== null) await context.stderr.write(`hint: ${error.hint}\n`);
      status = EXIT.usage;
    }
  }
  if (isTerminal(context)) await context.stdout.write('\n');
  return status;
}

async function carryOut(typed: string, session: Session): Promise<number | 'quit' | null> {
  const { controller, state, output, passphrases, secrets, parsed, context } = session;
  const line = readShellLine(typed);
  if (line.kind === 'nothing') return null;
  if (line.kind === 'colon') {
    const instance = parsed.values.text('instance');
    const common = instance === null ? [] : [`--instance=${instance}`];
    const next = await runColon(line.name, line.rest, { state, context, common });
    return next === 'quit' ? 'quit' : null;
  }
  passphrases?.nextJob();
  const access = accessFrom(parsed.values, context.environment, {
    passphrase: passphrases?.answer ?? null,
    secrets,
  });
  const audit = auditFrom(parsed.values, context.environment);
  const definition = state.definition(line.command, access, secrets.becomePassword, audit);
  if (line.kind === 'background') {
    await printJobs([await controller.start(definition)], 'table', context);
    return EXIT.completed;
  }
  const { job, status } = await runLine(controller, definition, output, context);
  if (job !== null) state.learn(job);
  return status;
}

function ignore(): void {
  // The line that runs has a listener of its own.
}

function isTerminal({ shell, stdout }: Context): boolean {
  return stdout.isTerminal && 'isTTY' in shell.stdin && shell.stdin.isTTY === true;
}
