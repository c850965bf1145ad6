import type { JobPresenter, OutputMode } from '../presenters/create.ts';
import { OUTPUT_MODES, createPresenter } from '../presenters/create.ts';
import { foldNodeSet } from '../targets/nodeset/fold.ts';
import { openOutputDir } from '../presenters/output-dir.ts';
import type { Context } from './command.ts';
import type { Output } from '../presenters/presenter.ts';
import type { Values } from './values.ts';
import { absolutePath } from './environment.ts';
import { outputWith } from './output-stream.ts';
import { usageError } from './usage-error.ts';

/** How a job is to be shown. */
export interface JobOutput {
  readonly mode: OutputMode;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly noPrefix: boolean;
  readonly quiet: boolean;
  readonly verbosity: 0 | 1 | 2;
  readonly outputDir: string | null;
}

export function jobOutput(values: Values, context: Context): JobOutput {
  const { stdout, stderr, environment } = context;
  const colour = (terminal: boolean): boolean => {
    const when = values.text('color');
    return when === 'always' || (when === 'auto' && terminal && !environment.noColour);
  };
  const directory = values.has('output-dir') ? values.text('output-dir') : null;
  return {
    mode: outputMode(values),
    stdout: outputWith(stdout, { colour: colour(stdout.isTerminal) }),
    stderr: outputWith(stderr, { colour: colour(stderr.isTerminal), master: stdout }),
    noPrefix: values.has('no-prefix') && values.flag('no-prefix'),
    quiet: values.flag('quiet'),
    verbosity: verbosity(values.count('verbose')),
    outputDir: directory === null ? null : absolutePath(directory, environment),
  };
}

/** The presenter of one job; makes the output directory ready, so call it before any host is touched. */
export async function presenterOf(
  output: JobOutput,
  total: number,
  context: Context,
): Promise<JobPresenter> {
  if (output.outputDir !== null) await openOutputDir(output.outputDir);
  return createPresenter(output.mode, {
    ...output,
    fold: foldNodeSet,
    clock: context.clock,
    total,
  });
}

function outputMode(values: Values): OutputMode {
  const chosen = values.given('output') ? values.text('output') : null;
  if (values.has('gather') && values.flag('gather')) {
    if (chosen !== null && chosen !== 'gather') {
      throw usageError(`-b and -O ${chosen} ask for two outputs`, '-b is -O gather');
    }
    return 'gather';
  }
  const mode = values.text('output');
  const known = OUTPUT_MODES.find((one) => one === mode);
  if (known === undefined) throw new Error(`no output mode "${mode}"`);
  return known;
}

function verbosity(count: number): 0 | 1 | 2 {
  if (count === 0) return 0;
  return count === 1 ? 1 : 2;
}
