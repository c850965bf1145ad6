import type { MusterProcess, MusterResult } from './run-muster.ts';
import { jobJson, type JobJson } from './job-json.ts';

/** A line of `-O jsonl`. */
export interface EventJson {
  readonly event: string;
  readonly host?: string | null;
  readonly stream?: string;
  readonly data?: string;
  readonly dataBase64?: string;
  readonly seq?: number;
  readonly time?: string;
  readonly from?: string;
  readonly to?: string;
  readonly jobId?: number;
  readonly parentId?: number | null;
  readonly job?: unknown;
}

/** Every event that `-O jsonl` printed. */
export function eventsOf(result: MusterResult): readonly EventJson[] {
  return result.text.split('\n').filter(Boolean).map(parseEvent);
}

/** The job of the last event, which has every field but the output. */
export function endOf(result: MusterResult): JobJson {
  const last = eventsOf(result).at(-1);
  if (last?.event !== 'end') throw new Error(`the last event is no end: ${JSON.stringify(last)}`);
  return jobJson(last.job);
}

/** What a host sent on one stream, put together from its record events. */
export function bytesFrom(result: MusterResult, host: string, stream = 'output'): Buffer {
  const records = eventsOf(result).filter(
    (event) => event.event === 'record' && event.host === host && event.stream === stream,
  );
  return Buffer.concat(
    records.map(({ data, dataBase64 }) =>
      dataBase64 === undefined ? Buffer.from(data ?? '') : Buffer.from(dataBase64, 'base64'),
    ),
  );
}

/** Waits for the event that shows this text from this host. */
export async function hasSaid(muster: MusterProcess, host: string, text: string): Promise<void> {
  const words = [`"${host}"`, JSON.stringify(text).slice(1, -1)].map((word) =>
    word.replace(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`),
  );
  await muster.line('stdout', new RegExp(`"record".*${words.join('.*')}`, 'u'));
}

function parseEvent(line: string): EventJson {
  const value: unknown = JSON.parse(line);
  if (isEvent(value)) return value;
  throw new Error(`not an event: ${line}`);
}

function isEvent(value: unknown): value is EventJson {
  return typeof value === 'object' && value !== null && 'event' in value;
}
