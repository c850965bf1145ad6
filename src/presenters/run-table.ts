import { safeLine } from '../base/safe-text.ts';
import { ByteBuffer } from '../base/byte-buffer.ts';
import type { ChildView } from '../model/job.ts';
import { outcomeReason } from '../results/message.ts';
import { checkColumns } from './check-table.ts';
import type { Part } from './part.ts';
import type { Output } from './presenter.ts';
import { duration } from './style.ts';
import { table, type Column } from './table.ts';
import { NEWLINE, terminalLine } from './terminal-text.ts';

/** One row a host, after the job. A check has columns of its own. */
export function tableOfJob(stdout: Output): Part {
  const firstLines = new Map<number, FirstLine>();
  return {
    async record({ jobId, record }) {
      if (record.stream !== 'output') return;
      const line = firstLines.get(jobId) ?? new FirstLine();
      firstLines.set(jobId, line);
      line.push(record.data);
    },
    async end({ job }) {
      const said = (child: ChildView): string => firstLines.get(child.id)?.text() ?? '';
      const columns = job.type === 'CheckJob' ? checkColumns() : runColumns(said);
      const width = stdout.isTerminal ? stdout.columns : null;
      for (const line of table(columns, job.children, width)) await stdout.write(`${line}\n`);
    },
  };
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
