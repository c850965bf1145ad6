import { TailBuffer } from '../base/tail-buffer.ts';
import type { OutputLimit } from '../model/definition.ts';
import type { StreamPlaces, WorkContext } from '../model/ports/work.ts';
import { STREAM_NAMES, type StreamName } from '../model/record.ts';

/** Where a child's output goes. */
export interface OutputSink {
  readonly write: WorkContext['write'];
  readonly took: WorkContext['took'];
  /** More came than may come: the work is to be ended. */
  exceeded(limitBytes: number): void;
}

/** What a child's work says, and how much of that is kept. */
export interface ChildOutput {
  readonly write: WorkContext['write'];
  readonly took: WorkContext['took'];
  /** The work is over: gives what was held back. What there is to say of what is missing; null: nothing is. */
  end(): string | null;
}

/** `reached`: how much of it an earlier controller has received. */
export function childOutput(
  limit: OutputLimit | null,
  sink: OutputSink,
  reached: StreamPlaces | null,
): ChildOutput {
  if (limit === null) return { write: sink.write, took: sink.took, end: () => null };
  const before = reached === null ? 0 : reached.output + reached.error;
  return limit.action === 'cut'
    ? new CutOutput(limit.bytes, sink, reached ?? NOWHERE, before)
    : capped(limit.bytes, sink, before);
}

/** The first bytes, as many as may come, and then the end of the work. */
function capped(most: number, sink: OutputSink, before: number): ChildOutput {
  let room = Math.max(0, most - before);
  let isOver = false;
  return {
    took: sink.took,
    end: () => null,
    write: (stream, data, structured) => {
      if (isOver) return;
      isOver = data.byteLength > room;
      if (!isOver) sink.write(stream, data, structured);
      // Half an object is none.
      else if (room > 0 && structured !== true) sink.write(stream, data.subarray(0, room));
      room -= Math.min(room, data.byteLength);
      if (isOver) sink.exceeded(most);
    },
  };
}

/** The first half as it comes, and of the rest the last half, at the end. */
class CutOutput implements ChildOutput {
  readonly #sink: OutputSink;
  readonly #most: number;
  #room: number;
  #tail: TailBuffer | null = null;
  #isOver = false;
  /** How far the host's streams are in records: no further than the first half, as long as the rest is held back. */
  #given: { output: number; error: number };
  /** How far they were received. */
  #places: StreamPlaces | null = null;

  constructor(most: number, sink: OutputSink, reached: StreamPlaces, before: number) {
    this.#sink = sink;
    this.#most = most;
    this.#given = { output: reached.output, error: reached.error };
    this.#room = Math.max(0, Math.ceil(most / 2) - before);
  }

  readonly write: WorkContext['write'] = (stream, data, structured) => {
    if (this.#isOver) return;
    if (this.#tail === null && data.byteLength <= this.#room) {
      this.#give(stream, data, structured);
      return;
    }
    // Half an object is none.
    const part = structured === true || this.#tail !== null ? 0 : this.#room;
    this.#tail ??= new TailBuffer(Math.floor(this.#most / 2));
    if (part > 0) this.#give(stream, data.subarray(0, part));
    this.#tail.add(STREAM_NAMES.indexOf(stream), data.subarray(part), structured === true);
  };

  /** A later controller has to receive again what is held back. */
  readonly took: WorkContext['took'] = (places) => {
    this.#places = places;
    if (this.#tail === null) this.#given = { output: places.output, error: places.error };
    this.#sink.took({ ...places, ...this.#given });
  };

  end(): string | null {
    const tail = this.#tail;
    if (tail === null || this.#isOver) return null;
    this.#isOver = true;
    const missing = tail.dropped === 0 ? null : `${tail.dropped} bytes of output left out`;
    const note = missing === null ? null : `${missing} (--max-output)`;
    if (note !== null) this.#sink.write('warning', Buffer.from(`${note}\n`));
    for (const { label, whole, bytes } of tail.drain()) {
      const stream = STREAM_NAMES[label] ?? 'output';
      if (whole) this.#sink.write(stream, bytes, true);
      else this.#sink.write(stream, bytes);
    }
    if (this.#places !== null) this.#sink.took(this.#places);
    return note;
  }

  #give(stream: StreamName, data: Uint8Array, structured?: true): void {
    this.#room -= data.byteLength;
    if (stream === 'output' || stream === 'error') this.#given[stream] += data.byteLength;
    this.#sink.write(stream, data, structured);
  }
}

const NOWHERE: StreamPlaces = { output: 0, error: 0 };
