import type { Clock } from '../base/clock.ts';
import type { StreamName } from '../model/record.ts';
import { contact } from './contact.ts';
import { lineSinks } from './live.ts';
import { modeParts, type ModeOptions, type OutputMode } from './modes.ts';
import { namesOf, type LabelOf, type Names } from './names.ts';
import { outputDir } from './output-dir.ts';
import { compose, type Part } from './part.ts';
import type { Output, Presenter } from './presenter.ts';
import { progress, type Progress } from './progress.ts';
import { summary } from './summary.ts';

export { OUTPUT_MODES, type OutputMode } from './modes.ts';

export interface PresenterOptions {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Many names as one folded set. */
  readonly fold: (names: readonly string[]) => string;
  readonly clock: Clock;
  /** Children of the job, for the progress line. */
  readonly total: number;
  /** How many children each batch has, for the progress line too; absent: all are in one. */
  readonly batches?: readonly number[];
  /** `live` without `host: `, `gather` without headers. */
  readonly noPrefix: boolean;
  /** No summary, no progress. */
  readonly quiet: boolean;
  /** 1: phases per host; 2: the SSH conversation too. */
  readonly verbosity: 0 | 1 | 2;
  /** A directory that `openOutputDir` has made ready; null: no files. */
  readonly outputDir: string | null;
  /** In mode `table`: fields of structured records to show, in this order; null (the default): all of them. */
  readonly columns?: readonly string[] | null;
  /** In mode `table`: a table of structured records for each value of this field; null (the default): one for all. */
  readonly groupBy?: string | null;
  /** Streams that were asked for by name, and so are shown at any verbosity; null (the default): none was. */
  readonly streams?: readonly StreamName[] | null;
  /** What children are called, where several have one host; null (the default): by their hosts. */
  readonly labelOf?: LabelOf | null;
}

/** The whole view of one job. */
export interface JobPresenter extends Presenter {
  /** Takes the progress line off the screen until what is returned is called. */
  hold(): Promise<() => void>;
  /** Takes the progress line off the screen for good, for whoever has to write or leave before the job's end. */
  clear(): Promise<void>;
}

/**
 * The mode's own view, and around it files, failures, summary and progress. json and jsonl hold every outcome, so there
 * the summary comes only where a host did not complete.
 */
export function createPresenter(mode: OutputMode, options: PresenterOptions): JobPresenter {
  const screen = screenOf(options);
  const { line, stderr, names } = screen;
  const { quiet, outputDir: directory } = options;
  const parts: readonly (Part | null)[] = [
    line,
    ...modeParts(mode, { ...screen.mode, tellFailures: quiet, isReceived: false }),
    quiet ? null : contact(stderr, names.label),
    quiet ? null : summary(stderr, names, mode === 'json' || mode === 'jsonl'),
    directory === null ? null : outputDir(directory, stderr),
  ];
  const presenter = compose(parts.filter((part) => part !== null));
  return {
    handle: (event) => presenter.handle(event),
    ...givingWay(line),
  };
}

/** How the progress line gives way to others, where there is one. */
export function givingWay(line: Progress | null): Pick<JobPresenter, 'hold' | 'clear'> {
  return {
    hold: async () => (await line?.hold()) ?? ((): void => undefined),
    async clear() {
      await line?.stop();
    },
  };
}

/** What every view of jobs has in common. */
export interface Screen {
  /** The progress line; null: there is none. */
  readonly line: Progress | null;
  /** The outputs, with that line taken away before each write. */
  readonly stdout: Output;
  readonly stderr: Output;
  readonly names: Names;
  readonly mode: Omit<ModeOptions, 'tellFailures' | 'isReceived'>;
}

export function screenOf(options: PresenterOptions): Screen {
  const { quiet, clock, total, noPrefix, verbosity } = options;
  const line =
    options.stderr.isTerminal && !quiet
      ? progress(options.stderr, clock, total, options.batches ?? [])
      : null;
  const stdout = line?.around(options.stdout) ?? options.stdout;
  const stderr = line?.around(options.stderr) ?? options.stderr;
  const names = namesOf(options.fold, options.labelOf ?? null);
  const asked = options.streams ?? [];
  const { columns = null, groupBy = null } = options;
  const sinks = lineSinks(stdout, stderr);
  const mode = { stdout, stderr, sinks, names, noPrefix, verbosity, asked, columns, groupBy };
  return { line, stdout, stderr, names, mode };
}
