import { bytesText } from '../base/byte-text.ts';
import { safeLine } from '../base/safe-text.ts';
import type { ChildView, JobView } from '../model/job.ts';
import { outcomeReason } from '../results/message.ts';
import { isObject } from './structured.ts';
import { duration, plural } from './style.ts';
import type { Column } from './table.ts';

/** What a transfer reports: files that went and those that did not have to, bytes and how fast they went, and why not. */
export function transferColumns(): readonly Column<ChildView>[] {
  return [
    { title: 'Host', value: (child) => safeLine(child.host, 255) },
    { title: 'State', value: (child) => child.state },
    { title: 'Files', value: (child) => countOf(child, 'files'), align: 'right' },
    { title: 'Unchanged', value: (child) => countOf(child, 'skipped'), align: 'right' },
    { title: 'Bytes', value: bytesOf, align: 'right' },
    { title: 'Rate', value: rateOf, align: 'right' },
    { title: 'Duration', value: durationOf, align: 'right' },
    { title: 'Message', value: messageOf },
  ];
}

/** `8 files, 800.0 MB, 258.1 MB/s`, of all hosts together; null: nothing was reported. */
export function transferLine(job: JobView): string | null {
  const children = job.children.map(transferOf).filter((transfer) => transfer !== null);
  if (job.type !== 'TransferJob' || children.length === 0) return null;
  const sum = (name: keyof Transfer): number =>
    children.reduce((total, transfer) => total + transfer[name], 0);
  const bytes = sum('bytes');
  const parts = [plural(sum('files'), 'file')];
  if (sum('skipped') > 0) parts.push(`${sum('skipped')} unchanged`);
  if (sum('resumed') > 0) parts.push(`${sum('resumed')} resumed`);
  if (sum('refused') > 0) parts.push(`${sum('refused')} not taken`);
  parts.push(bytesText(bytes));
  if (bytes > 0 && job.durationMs !== null) parts.push(rateText(bytes, job.durationMs));
  return parts.join(', ');
}

interface Transfer {
  readonly files: number;
  readonly bytes: number;
  readonly skipped: number;
  readonly resumed: number;
  readonly refused: number;
  readonly durationMs: number;
}

/** What a child reports is typed as any JSON: read here as a transfer reports it, and as nothing where it is not so. */
function transferOf({ data }: ChildView): Transfer | null {
  const transfer = data['transfer'];
  if (!isObject(transfer)) return null;
  const number = (name: keyof Transfer): number => {
    const value = transfer[name];
    return typeof value === 'number' ? value : 0;
  };
  return {
    files: number('files'),
    bytes: number('bytes'),
    skipped: number('skipped'),
    resumed: number('resumed'),
    refused: number('refused'),
    durationMs: number('durationMs'),
  };
}

function countOf(child: ChildView, name: 'files' | 'skipped'): string {
  const transfer = transferOf(child);
  return transfer === null ? '' : `${transfer[name]}`;
}

function bytesOf(child: ChildView): string {
  const transfer = transferOf(child);
  return transfer === null ? '' : bytesText(transfer.bytes);
}

function rateOf(child: ChildView): string {
  const transfer = transferOf(child);
  if (transfer === null || transfer.bytes === 0) return '';
  return rateText(transfer.bytes, transfer.durationMs);
}

function durationOf({ durationMs }: ChildView): string {
  return durationMs === null ? '' : duration(durationMs);
}

function messageOf(child: ChildView): string {
  const reason = outcomeReason(child);
  if (reason !== null) return reason;
  const refused = transferOf(child)?.refused ?? 0;
  return refused === 0 ? '' : `${refused} not taken`;
}

function rateText(bytes: number, ms: number): string {
  return `${bytesText((1000 * bytes) / Math.max(1, ms))}/s`;
}
