import { STREAM_NAMES, type StreamName } from '../model/record.ts';
import { milliseconds } from './seconds.ts';
import { oneOf } from './job-query.ts';
import { listOf } from './list-of.ts';
import { usageError } from './usage-error.ts';
import type { Values } from './values.ts';

/** What `receive` was asked for, beside which jobs and how it is to look. */
export interface ReceiveRequest {
  readonly keep: boolean;
  /** How long to go on; `now`: what is there. */
  readonly until: 'now' | 'persistent' | 'finished';
  /** The exit status tells the jobs' result. */
  readonly result: boolean;
  /** Node sets; empty: every host. */
  readonly hosts: readonly string[];
  /** null: every stream. */
  readonly streams: readonly StreamName[] | null;
  readonly autoRemove: boolean;
  readonly timeoutMs: number | null;
  /** Fields of structured records; empty: all there are. */
  readonly columns: readonly string[];
  readonly groupBy: string | null;
}

export function receiveRequest(values: Values): ReceiveRequest {
  const [wait, follow] = [values.flag('wait'), values.flag('follow')];
  const [keep, autoRemove] = [values.flag('keep'), values.flag('auto-remove')];
  if (keep && autoRemove) {
    throw usageError('--keep and --auto-remove exclude each other: what is removed is not kept');
  }
  const streams = listOf(values, 'stream').map((name) => oneOf('--stream', name, STREAM_NAMES));
  const columns = listOf(values, 'columns');
  const groupBy = values.text('group-by');
  if ((columns.length > 0 || groupBy !== null) && values.text('output') !== 'table') {
    throw usageError('--columns and --group-by are for -O table');
  }
  return {
    keep,
    until: follow ? 'finished' : wait ? 'persistent' : 'now',
    result: wait,
    hosts: values.many('host'),
    streams: streams.length === 0 ? null : [...new Set(streams)],
    autoRemove,
    timeoutMs: milliseconds(values.number('timeout')),
    columns,
    groupBy,
  };
}
