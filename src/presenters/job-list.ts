import { visible } from '../base/safe-text.ts';
import type { ChildView, JobSummary, JobView } from '../model/job.ts';
import type { JobState } from '../model/state.ts';
import { fitColumns, type Fit } from './job-list-fit.ts';
import { lengthOf, paint, type Colour } from './style.ts';

/** What a list of jobs is made of: parents with or without their children's views, and children. */
export type ListedJob = JobSummary | JobView | ChildView;

export interface JobListOptions {
  /** States in colour. Default false. */
  readonly colour?: boolean;
  /** Default true. */
  readonly titles?: boolean;
}

/**
 * Jobs under PowerShell's columns (Get-Job's table), by id, so that children come after their parent. Columns are as wide
 * as what is in them. With a `width` (a terminal's) no line is longer: names, locations and commands are cut, and on a
 * narrow terminal the commands drop off. With null nothing is cut. Every cell is safe text, whatever a name holds.
 */
export function jobListLines(
  jobs: readonly ListedJob[],
  width: number | null,
  options: JobListOptions = {},
): readonly string[] {
  const { colour = false, titles = true } = options;
  const sorted = jobs.toSorted((a, b) => a.id - b.id);
  // A cell of more characters than the terminal has is cut anyway; a location of thousands of hosts is long.
  const most = width === null ? Number.POSITIVE_INFINITY : MOST_UNITS * width;
  const rows = sorted.map((job) => cellsOf(job, most));
  const widest = TITLES.map((title, column) =>
    rows.reduce((longest, row) => Math.max(longest, lengthOf(row[column] ?? '')), title.length),
  );
  const fit = fitColumns(widest, width);
  const head = titles ? [lineOf(TITLES, fit, null)] : [];
  return [
    ...head,
    ...rows.map((row, index) => lineOf(row, fit, colour ? (sorted[index]?.state ?? null) : null)),
  ];
}

function cellsOf(job: ListedJob, most: number): readonly string[] {
  return [
    `${job.id}`,
    cell(job.name, most),
    job.type,
    stateOf(job),
    job.hasMoreData ? 'True' : 'False',
    cell(job.location, most),
    cell(commandOf(job), most),
  ];
}

function stateOf({ state, progress, parentId }: ListedJob): string {
  if (state !== 'Running' || progress === null) return state;
  // A child's text is its command's own, and may be long; a parent's is the batch it is at.
  const batch = parentId === null && progress.text !== '' ? ` (${progress.text})` : '';
  return `${state} ${Math.floor(progress.percent)}%${batch}`;
}

function commandOf(job: ListedJob): string {
  const again = job.parentId === null && job.rerunOf !== null ? ` (rerun of ${job.rerunOf})` : '';
  return job.command + again;
}

/** One line of safe text. */
function cell(text: string, most: number): string {
  const part = text.length > most ? text.slice(0, most) : text;
  return PLAIN.test(part) ? part : visible(part.replace(/[\r\n\t]+/gu, ' '));
}

function lineOf(
  row: readonly string[],
  { widths, gap, width }: Fit,
  painted: JobState | null,
): string {
  let line = '';
  let plain = '';
  for (const [column, room] of widths.entries()) {
    if (room === 0) continue;
    const text = cut(row[column] ?? '', room);
    const padding = ' '.repeat(Math.max(0, room - lengthOf(text)) + gap);
    const colour = painted !== null && column === STATE ? STATE_COLOURS[painted] : null;
    plain += text + padding;
    line += (colour === null ? text : paint(text, colour, true)) + padding;
  }
  const end = plain.trimEnd();
  if (width !== null && lengthOf(end) > width) return cut(end, width);
  return line.trimEnd();
}

/** At most `room` characters, the last one an ellipsis where something is missing. */
export function cut(text: string, room: number): string {
  if (text.length <= room || lengthOf(text) <= room) return text;
  return `${Array.from(text.slice(0, MOST_UNITS * room))
    .slice(0, Math.max(0, room - 1))
    .join('')}…`;
}

const TITLES: readonly string[] = [
  'Id',
  'Name',
  'Type',
  'State',
  'HasMoreData',
  'Location',
  'Command',
];
const STATE = 3;
/** UTF-16 units of one character. */
const MOST_UNITS = 2;
const PLAIN = /^[\u0020-\u007E]*$/u;
/** How a state looks where colour is on; null: as any text. */
export const STATE_COLOURS: Readonly<Record<JobState, Colour | null>> = {
  NotStarted: null,
  Running: null,
  Completed: 'green',
  Failed: 'red',
  Stopped: 'yellow',
  Blocked: 'yellow',
  Suspending: 'yellow',
  Suspended: 'yellow',
  Stopping: 'yellow',
  Disconnected: 'yellow',
};
