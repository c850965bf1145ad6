import type { JobEvent, RecordEvent, StateEvent } from '../../model/event.ts';
import type { JobView } from '../../model/job.ts';
import type { Received } from '../../model/ports/controller.ts';
import type { OutputRecord } from '../../model/record.ts';
import type { Frame } from '../wire/frames.ts';
import { trusted } from './trusted.ts';

/** The line of a record in a stream of frames. */
type RecordLine = Omit<OutputRecord, 'data'>;

export function decodeReceived({ line, bytes }: Frame): Received {
  const { childId, host, ...record } = trusted<RecordLine & Pick<Received, 'childId' | 'host'>>(
    line,
  );
  return { ...recordFrom(record, bytes), host, childId };
}

export function decodeEvent({ line, bytes }: Frame): JobEvent {
  if (bytes === null) return trusted<JobEvent>(line);
  const event = trusted<RecordLine & Omit<RecordEvent, 'record'>>(line);
  const { jobId, parentId, host } = event;
  return { event: 'record', jobId, parentId, host, record: recordFrom(event, bytes) };
}

export function decodeChange({ line }: Frame): StateEvent {
  return trusted<StateEvent>(line);
}

/** The first line of an owned job's stream. */
export function decodeJob({ line }: Frame): JobView {
  return trusted<{ readonly job: JobView }>(line).job;
}

function recordFrom(line: RecordLine, bytes: Uint8Array | null): OutputRecord {
  const { seq, time, stream, structured } = line;
  const record = { seq, time, stream, data: bytes ?? NOTHING };
  return structured === true ? { ...record, structured } : record;
}

const NOTHING = new Uint8Array(0);
