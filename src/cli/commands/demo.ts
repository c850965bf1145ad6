import { startEmbeddedFleet, type EmbeddedFleet } from '../../embedded.ts';
import type { JobView } from '../../model/job.ts';
import type { Command, Context } from '../command.ts';
import { writeDemoFolder, type DemoFolder } from '../demo/folder.ts';
import { demoHosts } from '../demo/hosts.ts';
import { conclusion, demoArguments, introduction, linesToTry, quoted } from '../demo/text.ts';
import { surprises } from '../demo/verdict.ts';
import { EXIT, INTERRUPTED } from '../exit-status.ts';
import { HELP_OPTION } from '../help.ts';
import { optionsOf } from '../options/table.ts';
import { parseArguments, type Parsed } from '../parse.ts';
import { listenForSignals, NPM_ECHO_MS, type Interruption } from '../signals.ts';
import { usageError } from '../usage-error.ts';
import { runCommand, runJob } from './run.ts';

export const demoCommand: Command = {
  help: {
    about: [
      'Starts SSH hosts inside this process, on loopback addresses, and runs a command on',
      'them as muster run does. One of them fails and one is down, so that a failed job is',
      'seen. No server is needed, no program is started, and nothing is left when it ends.',
      'Exits 0 when all went as it should.',
    ],
    examples: ['muster demo', 'muster demo --hosts 100', 'muster demo --keep'],
  },
  optionsEnd: 'dashes',
  run: (parsed, context) => demo(parsed, context),
};

async function demo({ values, words }: Parsed, context: Context): Promise<number> {
  const [word] = words;
  if (word !== undefined) throw usageError(`demo takes no words: '${word}'`, 'see muster demo -h');
  const { shell, clock, environment } = context;
  // Before anything is made: a signal that comes from now on only asks, and what was made is removed.
  const interruption = listenForSignals(shell, clock, environment.underNpm ? NPM_ECHO_MS : 0);
  try {
    return await withFleet(values.number('hosts') ?? 0, context, async (fleet, folder) => {
      const status = await show(fleet, folder, interruption, context);
      return values.flag('keep') ? keep(status, fleet, folder, interruption, context) : status;
    });
  } finally {
    interruption.close();
  }
}

/** Lends a fleet and the files with which to get into it, and removes both. */
async function withFleet(
  count: number,
  { clock }: Context,
  task: (fleet: EmbeddedFleet, folder: DemoFolder) => Promise<number>,
): Promise<number> {
  const fleet = await startEmbeddedFleet({ hosts: demoHosts(count), clock, paceMs: PACE_MS });
  try {
    const folder = await writeDemoFolder(fleet);
    try {
      return await task(fleet, folder);
    } finally {
      await folder.remove();
    }
  } finally {
    await fleet.close();
  }
}

/** The main job, through the same code as `muster run`, and what to make of it. */
async function show(
  fleet: EmbeddedFleet,
  folder: DemoFolder,
  interruption: Interruption,
  context: Context,
): Promise<number> {
  await print(introduction(fleet, folder, programName(context)), context);
  const [, ...shown] = demoArguments(folder);
  // In this process, whatever runs in the background: nothing is to be left of these hosts anywhere.
  const args = ['--controller', 'never', ...shown];
  const specs = [...optionsOf('run'), HELP_OPTION];
  const parsed = await parseArguments(args, specs, runCommand.optionsEnd, 'run');
  let job: JobView | null = null;
  const status = await runJob(parsed, context, (ended) => {
    job = ended;
  });
  if (interruption.first !== null) return INTERRUPTED[interruption.first];
  const found = surprises(job, status);
  await print(conclusion(job, status, found), context);
  return found.length === 0 ? EXIT.completed : EXIT.failed;
}

/** Ctrl-C is how this is meant to end, and changes no exit status; another signal has its own. */
async function keep(
  status: number,
  fleet: EmbeddedFleet,
  folder: DemoFolder,
  interruption: Interruption,
  context: Context,
): Promise<number> {
  if (interruption.first !== null) return status;
  await print(linesToTry(fleet, folder, programName(context)), context);
  const signal = await interruption.asked;
  return signal === 'SIGINT' ? status : INTERRUPTED[signal];
}

/** What to type to run this program once more. */
function programName({ shell }: Context): string {
  const script = shell.argv?.[1];
  return script === undefined || /(?:^|[/\\])muster$/u.test(script)
    ? 'muster'
    : `node ${quoted(script)}`;
}

function print(lines: readonly string[], { stdout }: Context): Promise<void> {
  return stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** Long enough to watch the progress, short enough to wait for. */
const PACE_MS = 1200;
