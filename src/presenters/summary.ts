import { safeLine } from '../base/safe-text.ts';
import type { JobView } from '../model/job.ts';
import type { OutcomeKind } from '../results/message.ts';
import { summarize, type OutcomeGroup, type Timing } from '../results/summary.ts';
import { named, type Names } from './names.ts';
import type { Part } from './part.ts';
import type { Output } from './presenter.ts';
import { transferLine } from './transfer-table.ts';
import { duration, lengthOf, paint, plural, wrap, type Colour } from './style.ts';

export interface SummaryStyle {
  readonly names: Names;
  /** Wraps reasons to this many characters; null: one line for each outcome, for files and grep. */
  readonly width: number | null;
  readonly colour: boolean;
}

/** The summary on stderr after the job. `onlyTrouble`: nothing where every host completed. */
export function summary(stderr: Output, names: Names, onlyTrouble: boolean): Part {
  const style = { names, width: stderr.isTerminal ? stderr.columns : null, colour: stderr.colour };
  return {
    async end({ job }) {
      if (onlyTrouble && job.counts.completed === job.counts.total) return;
      await stderr.write(
        summaryLines(job, style)
          .map((line) => `${line}\n`)
          .join(''),
      );
    },
  };
}

/**
 * A line for each outcome: kind, count, the folded set of hosts, and why. Then the hosts whose end is not confirmed, what
 * was transferred, and the times. Folded sets are never broken or cut, so that one can be copied; a reason that does not fit goes below.
 * The job may be unfinished, as when somebody leaves before its end.
 */
export function summaryLines(job: JobView, style: SummaryStyle): readonly string[] {
  const { outcomes, unconfirmed, timing, total } = summarize(named(job, style.names));
  const transferred = transferLine(job);
  const rows = outcomes.map((group) => rowOf(group, job, style));
  return [
    ...layOut(rows, style),
    ...(unconfirmed.length === 0 ? [] : [unconfirmedLine(unconfirmed, style)]),
    ...(transferred === null ? [] : [transferred]),
    timesLine(total, timing, style),
  ];
}

interface Row {
  readonly kind: OutcomeKind;
  readonly label: string;
  readonly count: string;
  readonly hosts: string;
  readonly reason: string;
}

function rowOf(group: OutcomeGroup, job: JobView, style: SummaryStyle): Row {
  const more =
    group.otherReasons === 0 ? '' : ` (and ${plural(group.otherReasons, 'other reason')})`;
  return {
    kind: group.kind,
    label: job.type === 'CheckJob' && group.kind === 'completed' ? 'online' : group.kind,
    count: `${group.hosts.length}`,
    hosts: together(group.hosts, style),
    reason: `${group.reason ?? ''}${more}`,
  };
}

function layOut(rows: readonly Row[], style: SummaryStyle): readonly string[] {
  const labels = longest(rows.map((row) => row.label));
  const counts = longest(rows.map((row) => row.count));
  const indent = labels + counts + 2 * GAP.length;
  const room = style.width === null ? Number.POSITIVE_INFINITY : style.width - indent;
  const short = rows.filter(
    ({ hosts, reason }) =>
      reason !== '' &&
      lengthOf(hosts) <= WIDEST_HOSTS &&
      lengthOf(hosts) + GAP.length + lengthOf(reason) <= room,
  );
  const hostsWidth = longest(short.map((row) => row.hosts));
  return rows.flatMap((row) => {
    const label = paint(row.label.padEnd(labels), COLOURS[row.kind], style.colour);
    const start = [label, row.count.padStart(counts), ''].join(GAP);
    if (row.reason === '') return [start + row.hosts];
    const together = row.hosts.padEnd(hostsWidth) + GAP + row.reason;
    if (lengthOf(together) <= room) return [start + together];
    const plain = row.hosts + GAP + row.reason;
    if (lengthOf(plain) <= room) return [start + plain];
    const below = wrap(row.reason, Math.max(room, NARROWEST));
    return [start + row.hosts, ...below.map((line) => ' '.repeat(indent) + line)];
  });
}

function unconfirmedLine(hosts: readonly string[], style: SummaryStyle): string {
  const label = paint('not confirmed', 'yellow', style.colour);
  return `${label}: the command may still be running on ${together(hosts, style)}`;
}

/** Folded sets are whole, whatever their length; of items, which nothing folds, the first. */
function together(hosts: readonly string[], { names: { fold, noun } }: SummaryStyle): string {
  const shown = noun === 'host' ? hosts : hosts.slice(0, MOST_ITEMS);
  const more = hosts.length - shown.length;
  const text = safeLine(fold(shown), Number.POSITIVE_INFINITY);
  return more === 0 ? text : `${text} and ${more} more`;
}

function timesLine(total: number, timing: Timing | null, { names }: SummaryStyle): string {
  const hosts = plural(total, names.noun);
  if (timing === null) return hosts;
  const { meanMs, medianMs, slowestMs, slowestHost } = timing;
  const slowest = `slowest ${duration(slowestMs)} (${safeLine(slowestHost)})`;
  return `${hosts}, mean ${duration(meanMs)}, median ${duration(medianMs)}, ${slowest}`;
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, lengthOf(text)), 0);
}

const GAP = '  ';
const NARROWEST = 20;
/** Reasons stand in a column of their own beside sets up to this length; a longer set would push them all away. */
const WIDEST_HOSTS = 30;
const MOST_ITEMS = 10;
const COLOURS: Readonly<Record<OutcomeKind, Colour>> = {
  completed: 'green',
  failed: 'red',
  'timed out': 'red',
  lost: 'red',
  unreachable: 'red',
  untrusted: 'red',
  denied: 'red',
  stopped: 'yellow',
  skipped: 'yellow',
  unfinished: 'yellow',
};
