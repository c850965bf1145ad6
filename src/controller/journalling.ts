import type { Journal } from '../model/ports/journal.ts';
import type { StreamPlaces } from '../model/ports/work.ts';
import type { OutputRecord } from '../model/record.ts';
import { booksOf } from './child-books.ts';
import type { ChildJob } from './child-job.ts';
import type { ParentJob } from './parent-job.ts';

/** Writes down what the next controller has to know of one job. */
export interface Bookkeeper {
  created(job: ParentJob, children: readonly ChildJob[]): void;
  /** Sees to what is written of this child from now on. */
  keep(child: ChildJob): void;
  /** It was asked to stop. */
  stopping(child: ChildJob): void;
  ended(child: ChildJob): void;
}

export function bookkeeper(journal: Journal, isDurable: boolean): Bookkeeper {
  return {
    created: (job, children) => {
      const { id, rerunOf, note } = job.identity;
      journal.created({
        id,
        instanceId: job.instanceId,
        rerunOf,
        note,
        begin: job.summary().begin ?? 0,
        definition: job.definition,
        instanceIds: children.map(({ instanceId }) => instanceId),
      });
    },
    keep: (child) => {
      const { id } = child.identity;
      const books = booksOf(child);
      books.onBegun = (begin) => journal.begun(id, begin);
      if (!isDurable) {
        // It cannot be had again: what is left to know is whether anything was lost.
        child.log.whenRead(() => {
          if (child.finished) journal.taken(id, { seq: child.lastSeq, places: NOWHERE });
        });
        return;
      }
      books.onStood = (stood) => journal.stood(id, stood);
      const marks = new Marks();
      books.onTook = (places) => marks.add(child.lastSeq, places);
      child.log.onRead((seq) => {
        const places = marks.upTo(seq, (count) => child.log.read(seq, count));
        if (places !== null) journal.taken(id, { seq, places });
      });
    },
    stopping: ({ identity, cause }) => {
      if (isDurable && cause?.kind === 'stop') journal.stopping(identity.id, cause.by);
    },
    ended: (child) => {
      const outcome = child.outcome;
      if (outcome === null) return;
      journal.ended(child.identity.id, {
        outcome,
        begin: child.began,
        end: child.ended ?? 0,
        attempts: child.attempts,
        bytes: child.log.bytes,
        data: child.data,
        places: child.places,
        isRead: !child.log.hasUnread,
      });
    },
  };
}

const NOWHERE: StreamPlaces = { output: 0, error: 0 };

type Read = (count: number) => readonly OutputRecord[];

/** Which of the host's bytes are in the records up to a seq. */
class Marks {
  /** In the order of their seqs; those that no one will ask for are gone. */
  #marks: { readonly seq: number; places: StreamPlaces }[] = [];

  add(seq: number, places: StreamPlaces): void {
    const last = this.#marks.at(-1);
    if (last?.seq === seq) last.places = places;
    else this.#marks.push({ seq, places });
  }

  /** null: nothing is known of it. `read`: so many of the records that follow that one, which are all unread. */
  upTo(seq: number, read: Read): StreamPlaces | null {
    let count = 0;
    while ((this.#marks[count]?.seq ?? Infinity) <= seq) count += 1;
    const found = this.#marks[count - 1] ?? null;
    const next = this.#marks[count] ?? null;
    // The last one stays: what comes next may belong to it.
    if (count > 1) this.#marks = this.#marks.slice(count - 1);
    if (next === null || found?.seq === seq) return found?.places ?? null;
    // What came in one piece can be several records: up to the first of them it is less by the others.
    const after = { output: 0, error: 0 };
    for (const { stream, data } of read(next.seq - seq)) {
      if (stream === 'output' || stream === 'error') after[stream] += data.byteLength;
    }
    const { output, error } = next.places;
    return { ...next.places, output: output - after.output, error: error - after.error };
  }
}
