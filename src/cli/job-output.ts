import type { JobView } from '../model/job.ts';
import type { JobPresenter, OutputMode, PresenterOptions } from '../presenters/create.ts';
import type { LabelOf } from '../presenters/names.ts';
import { OUTPUT_MODES, createPresenter } from '../presenters/create.ts';
import { foldNodeSet } from '../targets/nodeset/fold.ts';
import { openOutputDir } from '../presenters/output-dir.ts';
import type { Context } from './command.ts';
import type { Output } from '../presenters/presenter.ts';
import type { Values } from './values.ts';
import { absolutePath } from './environment.ts';
import { outputWith } from './output-stream.ts';
import { usageError } from './usage-error.ts';
import { verbosityOf } from './job-options.ts';

/** How a job is to be shown. */
export interface JobOutput {
  readonly mode: OutputMode;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly noPrefix: boolean;
  readonly quiet: boolean;
  readonly verbosity: 0 | 1 | 2;
  readonly outputDir: string | null;
  /** In mode `table`: see PresenterOptions. Absent: as the job has them. */
  readonly columns?: readonly string[] | null;
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
    quiet: values.has('quiet') && values.flag('quiet'),
    verbosity: values.has('verbose') ? verbosityOf(values) : 0,
    outputDir: directory === null ? null : absolutePath(directory, environment),
  };
}

/** The presenter of one job; makes the output directory ready, so call it before any host is touched. */
export async function presenterOf(
  output: JobOutput,
  total: number,
  context: Context,
  labelOf: LabelOf | null = null,
  batches: readonly number[] = [],
): Promise<JobPresenter> {
  const options = await presenterOptions(output, total, context, labelOf);
  return createPresenter(output.mode, { ...options, batches });
}

/** The same for presenters of any kind. `labelOf`: what children are called, where several have one host. */
export async function presenterOptions(
  output: JobOutput,
  total: number,
  context: Context,
  labelOf: LabelOf | null,
): Promise<PresenterOptions> {
  if (output.outputDir !== null) await openOutputDir(output.outputDir);
  return { ...output, fold: foldNodeSet, clock: context.clock, total, labelOf };
}

/** Children that work on an item each are called by it; null: all are called by their hosts. */
export function itemLabels(jobs: readonly JobView[]): LabelOf | null {
  const items = new Map<number, string>();
  for (const { id, item } of jobs.flatMap(({ children }) => children)) {
    if (item !== null) items.set(id, item);
  }
  return items.size === 0 ? null : (childId, host) => items.get(childId) ?? host;
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
