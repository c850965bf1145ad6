import { isUtf8 } from 'node:buffer';
import { isoTime } from '../../base/clock.ts';
import type { JobEvent } from '../../model/event.ts';
import type { Received } from '../../model/ports/controller.ts';
import type { OutputRecord } from '../../model/record.ts';
import { wireJob, wireState, type WireEndEvent } from './times.ts';

/** A line, and what follows it as it is. */
export interface Encoded {
  readonly line: string;
  readonly bytes: Uint8Array | null;
}

/** How records travel: `lines`, inside the JSON; `frames`, behind their line. */
export type Form = 'lines' | 'frames';

/** Anything that has no bytes in it. */
export function encodeLine(value: unknown): Encoded {
  return { line: `${JSON.stringify(value)}\n`, bytes: null };
}

export function encodeEvent(event: JobEvent, form: Form): Encoded {
  if (event.event === 'state') return encodeLine(wireState(event));
  if (event.event === 'end') {
    const line: WireEndEvent = { event: 'end', job: wireJob(event.job) };
    return encodeLine(line);
  }
  const { jobId, parentId, host, record } = event;
  const head = `{"event":"record","jobId":${jobId},"parentId":${parentId},"host":${JSON.stringify(host)}`;
  return encodeRecord(head, record, form);
}

export function encodeReceived(received: Received, form: Form): Encoded {
  const { childId, host } = received;
  return encodeRecord(`{"childId":${childId},"host":${JSON.stringify(host)}`, received, form);
}

/** Written by hand, because JSON.stringify would look at each field of each record, which costs more than the bytes. */
function encodeRecord(head: string, record: OutputRecord, form: Form): Encoded {
  const { seq, time, stream, data } = record;
  const structured = record.structured === true ? ',"structured":true' : '';
  // Frames are for our own client, which would make a number of it again.
  const wallTime = form === 'frames' ? String(time) : `"${isoTime(time)}"`;
  const start = `${head},"seq":${seq},"time":${wallTime},"stream":"${stream}"${structured}`;
  if (form === 'frames') return { line: `${start},"bytes":${data.byteLength}}\n`, bytes: data };
  return { line: `${start},${dataField(data)}}\n`, bytes: null };
}

function dataField(data: Uint8Array): string {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return isUtf8(buffer)
    ? `"data":${JSON.stringify(buffer.toString('utf8'))}`
    : `"dataBase64":"${buffer.toString('base64')}"`;
}
