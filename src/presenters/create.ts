import type { Clock } from '../base/clock.ts';
import { foldedFailures, liveFailures } from './failures.ts';
import { gather } from './gather.ts';
import { json } from './json.ts';
import { jsonLines } from './jsonl.ts';
import { live } from './live.ts';
import { outputDir } from './output-dir.ts';
import { compose, type Part } from './part.ts';
import type { Output, Presenter } from './presenter.ts';
import { progress } from './progress.ts';
import { tableOfJob } from './run-table.ts';
import { summary } from './summary.ts';
import { verbose } from './verbose.ts';

/** The values of `--output`. */
export type OutputMode = 'live' | 'gather' | 'table' | 'json' | 'jsonl' | 'quiet';

export const OUTPUT_MODES: readonly OutputMode[] = [
  'live',
  'gather',
  'table',
  'json',
  'jsonl',
  'quiet',
];

export interface PresenterOptions {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Many names as one folded set. */
  readonly fold: (names: readonly string[]) => string;
  readonly clock: Clock;
  /** Children of the job, for the progress line. */
  readonly total: number;
  /** `live` without `host: `, `gather` without headers. */
  readonly noPrefix: boolean;
  /** No summary, no progress. */
  readonly quiet: boolean;
  /** 1: phases per host; 2: the SSH conversation too. */
  readonly verbosity: 0 | 1 | 2;
  /** A directory that `openOutputDir` has made ready; null: no files. */
  readonly outputDir: string | null;
}

/** The whole view of one job. */
export interface JobPresenter extends Presenter {
  /** Takes the progress line off the screen for good, for whoever has to write or leave before the job's end. */
  clear(): Promise<void>;
}

/**
 * The mode's own view, and around it files, phases, failures, summary and progress. json and jsonl hold every outcome,
 * so there the summary comes only where a host did not complete.
 */
export function createPresenter(mode: OutputMode, options: PresenterOptions): JobPresenter {
  const line =
    options.stderr.isTerminal && !options.quiet
      ? progress(options.stderr, options.clock, options.total)
      : null;
  const stdout = line?.around(options.stdout) ?? options.stdout;
  const stderr = line?.around(options.stderr) ?? options.stderr;
  const { fold, verbosity, quiet, outputDir: directory } = options;
  const parts: readonly (Part | null)[] = [
    line,
    verbosity > 0 ? verbose(stderr, verbosity > 1) : null,
    ...modeParts(mode, { ...options, stdout, stderr }),
    quiet ? null : summary(stderr, fold, mode === 'json' || mode === 'jsonl'),
    directory === null ? null : outputDir(directory, stderr),
  ];
  const presenter = compose(parts.filter((part) => part !== null));
  return {
    handle: (event) => presenter.handle(event),
    async clear() {
      await line?.stop();
    },
  };
}

function modeParts(mode: OutputMode, options: PresenterOptions): readonly Part[] {
  const { stdout, stderr, fold, noPrefix, quiet } = options;
  switch (mode) {
    case 'live':
      return [live(stdout, stderr, noPrefix), liveFailures(stderr)];
    case 'gather':
      return [gather(stdout, fold, noPrefix), ...(quiet ? [foldedFailures(stderr, fold)] : [])];
    case 'table':
      return [tableOfJob(stdout)];
    case 'json':
      return [json(stdout)];
    case 'jsonl':
      return [jsonLines(stdout)];
    case 'quiet':
      return [];
  }
}
