import type { EndEvent } from '../model/event.ts';
import type { ChildView } from '../model/job.ts';
import { jsonArray } from './json.ts';
import { modeParts, type OutputMode } from './modes.ts';
import { outputDir } from './output-dir.ts';
import { compose, type Part, type Written } from './part.ts';
import { givingWay, screenOf, type JobPresenter, type PresenterOptions } from './create.ts';
import { summary } from './summary.ts';

/** The modes in which events of several jobs may come mixed; the others show one job after another. */
export function isAsItComes(mode: OutputMode): boolean {
  return mode === 'live' || mode === 'jsonl';
}

export interface ReceivePresenterOptions extends PresenterOptions {
  /** A summary after each job, unless `quiet`. */
  readonly summary: boolean;
  /** The child jobs that may come, in order: several of one host have files of their own, numbered in this order. */
  readonly children?: readonly Pick<ChildView, 'id' | 'host'>[];
}

/**
 * The view of what is received of several jobs, one event at a time. In some modes the events of several jobs may come
 * mixed (`isAsItComes`), else those of one come after those of another.
 */
export interface ReceivePresenter extends Pick<JobPresenter, 'hold' | 'clear'> {
  /** The view of one job more. */
  open(): Written;
  /** All jobs are in one document, which is whole only when it is finished. */
  readonly isOneDocument: boolean;
  /** No more jobs will come: ends the document, where the mode has one for all. */
  finish(): Promise<void>;
}

/**
 * Shows each job as `createPresenter` does, and json as one array of all. A job's `end` says how it is when what was
 * wanted of it is delivered: it may be unfinished, and its `hasMoreData` is shown as it is. The failure of a failed child
 * is told every time, whether its event comes or only the end says so.
 */
export function createReceivePresenter(
  mode: OutputMode,
  options: ReceivePresenterOptions,
): ReceivePresenter {
  const screen = screenOf(options);
  const { line, stdout, stderr, names } = screen;
  const withSummary = options.summary && !options.quiet;
  const document = mode === 'json' ? jsonArray(stdout) : null;
  const files =
    options.outputDir === null ? null : outputDir(options.outputDir, stderr, options.children);

  const partsOfJob = (): readonly Part[] => {
    const how = { tellFailures: !withSummary, isReceived: true };
    const ofMode = modeParts(mode, { ...screen.mode, ...how });
    const around: readonly (Part | null)[] = [
      // It goes on from job to job, and ends with the last.
      line === null ? null : { ...line, end: noEnd },
      ...ofMode,
      document,
      withSummary ? summary(stderr, names, mode === 'json' || mode === 'jsonl') : null,
      files,
    ];
    return around.filter((part) => part !== null);
  };

  const { hold, clear } = givingWay(line);
  return {
    open: () => compose(partsOfJob()),
    isOneDocument: document !== null,
    hold,
    clear,
    async finish() {
      await clear();
      await document?.finish();
    },
  };
}

function noEnd(_event: EndEvent): Promise<void> {
  return Promise.resolve();
}
