import type { StreamName } from '../model/record.ts';
import { foldedFailures, liveFailures, receivedFailures } from './failures.ts';
import { gather } from './gather.ts';
import { json } from './json.ts';
import { jsonLines } from './jsonl.ts';
import { live, type LineSinks } from './live.ts';
import type { Names } from './names.ts';
import type { Part } from './part.ts';
import type { Output } from './presenter.ts';
import { tableOfJob } from './run-table.ts';

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

/** How one job is shown, whatever is around it. */
export interface ModeOptions {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Of these two. */
  readonly sinks: LineSinks;
  readonly names: Names;
  readonly noPrefix: boolean;
  /** 1: lines of the verbose stream too; 2: and of the debug stream. */
  readonly verbosity: 0 | 1 | 2;
  /** Streams that were asked for by name, and are shown though nobody asked to be told more. */
  readonly asked: readonly StreamName[];
  readonly columns: readonly string[] | null;
  readonly groupBy: string | null;
  /** No summary will tell who failed. */
  readonly tellFailures: boolean;
  /** The job was received, and not followed from its start: not everything comes as an event. */
  readonly isReceived: boolean;
}

/** A mode's own view. The lines of streams that are in no document of it go to stderr. */
export function modeParts(mode: OutputMode, options: ModeOptions): readonly Part[] {
  const { stdout, stderr, sinks, names, noPrefix, tellFailures, isReceived } = options;
  const { label } = names;
  const lines = live(sinks, { noPrefix, label, streams: streamsOf(mode, options) });
  const failures = tellFailures ? foldedFailures(stderr, names) : {};
  switch (mode) {
    case 'live':
      return [lines, isReceived ? receivedFailures(stderr, label) : liveFailures(stderr, label)];
    case 'gather':
      return [lines, gather(stdout, names, noPrefix), failures];
    case 'table':
      return [lines, tableOfJob(stdout, options, failures)];
    case 'json':
      // Of received jobs there is one document, which is not this job's.
      return isReceived ? [lines] : [lines, json(stdout)];
    case 'jsonl':
      return [lines, jsonLines(stdout, !isReceived)];
    case 'quiet':
      return [lines];
  }
}

/** The streams of which a mode shows lines. Progress has none, unless it was asked for. */
function streamsOf(mode: OutputMode, { verbosity, asked }: ModeOptions): ReadonlySet<StreamName> {
  const more: StreamName[] = [];
  if (verbosity >= 1) more.push('verbose');
  if (verbosity >= 2) more.push('debug');
  const named = asked.filter((name) => name !== 'output' && name !== 'error');
  switch (mode) {
    case 'live':
      return new Set(['output', 'error', 'warning', 'information', ...more, ...named]);
    case 'gather':
    case 'table':
      return new Set(['warning', 'information', ...more, ...named]);
    case 'json':
    case 'jsonl':
    case 'quiet':
      return new Set(more);
  }
}
