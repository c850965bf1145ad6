import { expectedOutput, type Blobs } from '../commands.ts';
import { digestOf } from '../digest.ts';
import type { Timed } from '../history.ts';
import { isOwn } from './endings.ts';
import { hadNoRoom, mayHaveLackedRoom, wasGivenUp } from './faults.ts';
import { sightings, type At, type JobHistory } from './job-history.ts';
import type { Violation } from './check.ts';

/** How far the streams are after a record. */
interface Place {
  readonly output: number;
  readonly error: number;
}

/** What was received of one child. */
class Received {
  readonly #expected: Readonly<Record<'output' | 'error', Buffer>>;
  /** Where the streams were after each record, by its number. */
  readonly #places: Place[] = [{ output: 0, error: 0 }];
  /** The last record of which the controller was told that it was received. */
  #acknowledged = 0;
  /** The last record of the reading that goes on. */
  #read: number | null = null;

  constructor(expected: Readonly<Record<'output' | 'error', Buffer>>) {
    this.#expected = expected;
  }

  /** null: the record is the one that had to come. */
  take({ seq, stream, bytes, digest }: At<'record'>['entry']): string | null {
    const [low, high] =
      this.#read === null
        ? [this.#acknowledged + 1, this.#places.length]
        : [this.#read + 1, this.#read + 1];
    this.#read = seq;
    if (seq < low) return `record ${seq} again, after ${low - 1} was acknowledged`;
    if (seq > high) return `record ${seq}, but ${high} at the most was to come`;
    const from = this.#places[seq - 1] ?? { output: 0, error: 0 };
    // A controller that fetches output again may cut it otherwise.
    this.#places.length = seq;
    this.#places.push(from);
    if (stream !== 'output' && stream !== 'error') return null;
    const to = from[stream] + bytes;
    this.#places[seq] = { ...from, [stream]: to };
    const right = this.#expected[stream].subarray(from[stream], to);
    return digestOf(right) === digest ? null : `${stream}: other bytes at ${from[stream]} to ${to}`;
  }

  /** `most`: the last record of which the controller may have been told. */
  endReading(isTold: boolean, most = Number.POSITIVE_INFINITY): void {
    if (isTold && this.#read !== null) this.#acknowledged = Math.min(this.#read, most);
    this.#read = null;
  }

  /** null: it is all there. */
  get missing(): string | null {
    const { output = 0, error = 0 } = this.#places.at(-1) ?? {};
    const { output: out, error: err } = this.#expected;
    return output === out.length && error === err.length
      ? null
      : `${output} of ${out.length} bytes of output, ${error} of ${err.length} of errors`;
  }
}

/**
 * What was received is what the command writes, from its first byte, without a gap, and each byte once, but for the last
 * ones of a reading that was cut off; and it is all of it where the command has ended by itself.
 */
export function checkOutput(
  job: JobHistory,
  history: readonly Timed[],
  blobs: Blobs,
): readonly Violation[] {
  const { token, command, hosts } = job.plan;
  const received = new Map(
    hosts.map((host) => [host, new Received(expectedOutput(command, token, host, blobs))]),
  );
  const found: Violation[] = [];
  const broken = (host: string, text: string, line: number): void => {
    const invariant = 'output is what the command wrote';
    found.push({ invariant, text: `${token} ${host}: ${text}`, lines: [line] });
  };
  const roomless = new Set(
    [...sightings(job)].flatMap(([host, seen]) =>
      seen.some(({ child }) => hadNoRoom(child, history)) || mayHaveLackedRoom(host, seen, history)
        ? [host]
        : [],
    ),
  );
  let last: At<'record'>['entry'] | null = null;
  let from = 0;
  for (const { line, entry } of job.reads) {
    if (entry.what === 'read') {
      last = null;
      from = line;
    } else if (entry.what === 'record') {
      last = entry;
      const text = received.get(entry.host)?.take(entry) ?? null;
      // What comes after what found no room does not follow on what came before.
      if (text !== null && !roomless.has(entry.host)) broken(entry.host, text, line);
    } else {
      // A command that knows how its job ended says so, also where its controller is killed before it can tell it all.
      const wasKilled = job.kills.some((kill) => kill.from > from && kill.from < line);
      for (const [host, child] of received) {
        const most = entry.end === 'early' && host === last?.host ? last.seq - 1 : undefined;
        child.endReading(entry.end !== 'cut' && !wasKilled, most);
      }
    }
  }
  // Of what is not durable, what a controller held is gone with it.
  if (!job.plan.durable && job.kills.length > 0) return found;
  for (const [host, seen] of sightings(job)) {
    const ended = seen.at(-1);
    const missing = received.get(host)?.missing ?? null;
    if (ended === undefined || wasGivenUp(ended.child, job)) continue;
    if (isOwn(ended.child) && missing !== null && !roomless.has(host)) {
      broken(host, missing, ended.line);
    }
  }
  return found;
}
