import { safeLine } from '../base/safe-text.ts';
import { ByteBuffer } from '../base/byte-buffer.ts';
import type { ChildView, JobView } from '../model/job.ts';
import { outcomeReason } from '../results/message.ts';
import { checkColumns } from './check-table.ts';
import { factColumns } from './facts-table.ts';
import { named, type Names } from './names.ts';
import type { Part } from './part.ts';
import type { Output } from './presenter.ts';
import { recordTable, type RecordRow } from './record-table.ts';
import { structuredOf } from './structured.ts';
import { duration } from './style.ts';
import { table, type Column } from './table.ts';
import { transferColumns } from './transfer-table.ts';
import { NEWLINE, terminalLine } from './terminal-text.ts';

export interface TableOptions {
  readonly names: Names;
  /** Of structured records; see RecordTableStyle. */
  readonly columns: readonly string[] | null;
  readonly groupBy: string | null;
}

/**
 * After the job one row a host; a check, facts and a transfer have columns of their own. A job with structured records has a row for each of
 * these instead, in target order, and so has any job for which their columns are asked for; who failed is not in such a
 * table, and `failures` tells it.
 */
export function tableOfJob(stdout: Output, options: TableOptions, failures: Part): Part {
  const { names, columns, groupBy } = options;
  const firstLines = new Map<number, FirstLine>();
  const rows: RecordRow[] = [];
  const ofHosts = (job: JobView): readonly string[] => {
    const said = (child: ChildView): string => firstLines.get(child.id)?.text() ?? '';
    return table(columnsOf(job, said, columns), named(job, names).children, widthOf(stdout));
  };
  return {
    unwritten: () => 'all',
    async record({ jobId, host, record }) {
      if (record.stream !== 'output') return;
      const structured = structuredOf(record);
      if (structured !== null) {
        const { value } = structured;
        rows.push({ childId: jobId, name: safeLine(names.label(jobId, host), HOST_LIMIT), value });
        return;
      }
      const line = firstLines.get(jobId) ?? new FirstLine();
      firstLines.set(jobId, line);
      line.push(record.data);
    },
    async end(event) {
      const { job } = event;
      const isAsked = (columns !== null && job.type !== 'FactsJob') || groupBy !== null;
      const wanted = rows.length > 0 || isAsked;
      const sorted = rows.toSorted((a, b) => a.childId - b.childId);
      const lines = wanted
        ? recordTable(sorted, { columns, groupBy, width: widthOf(stdout) })
        : ofHosts(job);
      for (const line of lines) await stdout.write(`${line}\n`);
      if (wanted) await failures.end?.(event);
    },
  };
}

function columnsOf(
  { type, children }: JobView,
  said: (child: ChildView) => string,
  columns: readonly string[] | null,
): readonly Column<ChildView>[] {
  if (type === 'CheckJob') return checkColumns();
  if (type === 'FactsJob') return factColumns(columns, children);
  return type === 'TransferJob' ? transferColumns() : runColumns(said);
}

function widthOf(stdout: Output): number | null {
  return stdout.isTerminal ? stdout.columns : null;
}

/** The message is the reason where there is one, else the first line of what the command said. */
function runColumns(said: (child: ChildView) => string): readonly Column<ChildView>[] {
  return [
    { title: 'Host', value: (child) => safeLine(child.host, HOST_LIMIT) },
    { title: 'State', value: (child) => child.state },
    {
      title: 'ExitCode',
      value: (child) => `${child.exitCode ?? child.signal ?? ''}`,
      align: 'right',
    },
    { title: 'Duration', value: durationOf, align: 'right' },
    { title: 'Message', value: (child) => outcomeReason(child) ?? said(child) },
  ];
}

function durationOf({ durationMs }: ChildView): string {
  return durationMs === null ? '' : duration(durationMs);
}

/** The first line of a stream, as a table shows it; holds so much of it and no more. */
class FirstLine {
  readonly #bytes = new ByteBuffer();
  #full = false;

  push(data: Uint8Array): void {
    if (this.#full) return;
    const end = data.indexOf(NEWLINE);
    const part = data
      .subarray(0, end === -1 ? undefined : end)
      .subarray(0, CELL_BYTES - this.#bytes.size);
    this.#bytes.append(part);
    this.#full = end !== -1 || this.#bytes.size === CELL_BYTES;
  }

  text(): string {
    return safeLine(terminalLine(this.#bytes.concat(), 0, false), CELL_LIMIT);
  }
}

const HOST_LIMIT = 255;
/** As long as a message may be. */
const CELL_LIMIT = 200;
/** CELL_LIMIT characters of UTF-8, and one more so that a cut is seen. */
const CELL_BYTES = 4 * (CELL_LIMIT + 1);
