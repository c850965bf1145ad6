import type { JobEvent, RecordEvent, StateEvent } from '../../model/event.ts';
import type { JobView } from '../../model/job.ts';
import type { Received } from '../../model/ports/controller.ts';
import type { OutputRecord } from '../../model/record.ts';
import type { Frame } from '../wire/frames.ts';
import {
  jobFrom,
  stateFrom,
  type WireEndEvent,
  type WireJob,
  type WireStateEvent,
} from '../wire/times.ts';
import { trusted } from './trusted.ts';

/** The line of a record in a stream of frames. */
type RecordLine = Omit<OutputRecord, 'data'>;

/** Field by field: there may be millions, and spreading costs more than all the rest of it. */
export function decodeReceived({ line, bytes }: Frame): Received {
  const { childId, host, seq, time, stream, structured } = trusted<Omit<Received, 'data'>>(line);
  const data = bytes ?? NOTHING;
  return structured === true
    ? { seq, time, stream, data, structured, host, childId }
    : { seq, time, stream, data, host, childId };
}

export function decodeEvent({ line, bytes }: Frame): JobEvent {
  if (bytes === null) {
    const event = trusted<WireStateEvent | WireEndEvent>(line);
    return event.event === 'end' ? { event: 'end', job: jobFrom(event.job) } : stateFrom(event);
  }
  const event = trusted<RecordLine & Omit<RecordEvent, 'record'>>(line);
  const { jobId, parentId, host, seq, time, stream, structured } = event;
  const record: OutputRecord =
    structured === true
      ? { seq, time, stream, data: bytes, structured }
      : { seq, time, stream, data: bytes };
  return { event: 'record', jobId, parentId, host, record };
}

export function decodeChange({ line }: Frame): StateEvent {
  return stateFrom(trusted<WireStateEvent>(line));
}

/** The first line of an owned job's stream. */
export function decodeJob({ line }: Frame): JobView {
  return jobFrom(trusted<{ readonly job: WireJob }>(line).job);
}

const NOTHING = new Uint8Array(0);
