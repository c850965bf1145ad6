import { describe, expect, test } from 'vitest';
import { booksOf } from '../../src/controller/child-books.ts';
import { ChildJob } from '../../src/controller/child-job.ts';
import { bookkeeper } from '../../src/controller/journalling.ts';
import type { Taken } from '../../src/model/ports/journal.ts';
import type { OutputRecord } from '../../src/model/record.ts';
import { createResultStore } from '../../src/results/result-store.ts';
import { FakeClock, journalOf, target } from './fakes.ts';

interface Kept {
  readonly child: ChildJob;
  readonly taken: Taken[];
  /** Its records so far are those up to these places. */
  readonly took: (output: number, error?: number) => void;
  readonly say: (text: string) => void;
  readonly read: (seq: number) => void;
  /** Reads and acknowledges one after another, and gives each then. */
  readonly readEach: () => Iterable<OutputRecord>;
}

function kept(isDurable: boolean): Kept {
  const taken: Taken[] = [];
  const journal = journalOf({
    taken: (_, to) => void taken.push(to),
  });
  const identity = {
    id: 2,
    parentId: 1,
    name: 'Job2',
    command: 'x',
    target: target('a'),
    item: null,
    index: 0,
  };
  const store = createResultStore();
  // One of several: then long pieces become several records.
  store.open(3);
  const log = store.open(2);
  const child = new ChildJob(identity, log, new FakeClock(), () => undefined);
  bookkeeper(journal, isDurable).keep(child);
  const reader = log.reader({ keep: false, streams: null });
  return {
    child,
    taken,
    took: (output, error = 0) => booksOf(child).took({ output, error }),
    say: (text) => void child.append('output', Buffer.from(text)),
    read: (seq) => {
      reader.take(seq);
      reader.acknowledge(seq);
    },
    *readEach() {
      for (let [record] = reader.take(1); record !== undefined; [record] = reader.take(1)) {
        reader.acknowledge(record.seq);
        yield record;
      }
    },
  };
}

describe('how far a durable command was received', () => {
  test('is known for the records that were, and never more than those hold', () => {
    const { say, took, read, taken } = kept(true);
    say('one');
    took(3);
    say('two');
    took(6);
    say('three');
    took(11);
    read(2);
    expect(taken).toEqual([{ seq: 2, places: { output: 6, error: 0 } }]);
    read(3);
    expect(taken.at(-1)).toEqual({ seq: 3, places: { output: 11, error: 0 } });
  });

  test('is known only of records that the host was told to be in', () => {
    const { say, took, read, taken } = kept(true);
    say('one');
    say('two');
    read(1);
    expect(taken).toEqual([]);
    took(6);
    read(2);
    expect(taken).toEqual([{ seq: 2, places: { output: 6, error: 0 } }]);
  });

  test('is known to the byte of each record of a long piece that was made several', () => {
    const { child, took, readEach, taken } = kept(true);
    const error = Buffer.alloc(100);
    let output = 0;
    for (let piece = 0; piece < 70; piece += 1) {
      child.append('output', Buffer.alloc(50_000));
      output += 50_000;
      took(output, piece * 100);
      child.append('error', error);
      took(output, (piece + 1) * 100);
    }
    // Pieces that lie across the end of a block are two records.
    expect(child.lastSeq).toBeGreaterThan(2 * 70);
    const upTo = { output: 0, error: 0 };
    for (const { seq, stream, data } of readEach()) {
      upTo[stream === 'error' ? 'error' : 'output'] += data.byteLength;
      expect(taken.at(-1)).toEqual({ seq, places: upTo });
    }
    expect(upTo).toEqual({ output, error: 7000 });
  });

  test('what is no record, as bytes of a mark, belongs to the record before it', () => {
    const { say, took, read, taken } = kept(true);
    say('one');
    took(3);
    took(3, 40);
    took(3, 80);
    say('two');
    took(6, 80);
    read(1);
    expect(taken).toEqual([{ seq: 1, places: { output: 3, error: 80 } }]);
  });

  test('after most was read, what comes next may still belong to the last one', () => {
    const { say, took, read, taken } = kept(true);
    for (let at = 1; at <= 100; at += 1) {
      say('x');
      took(at);
      read(at);
    }
    took(100, 7);
    say('y');
    took(101, 7);
    read(101);
    expect(taken.length).toBe(101);
    expect(taken.at(-1)).toEqual({ seq: 101, places: { output: 101, error: 7 } });
  });
});

test('of a command that is not durable it is known only that all was received', () => {
  const { child, say, read, taken } = kept(false);
  child.begin();
  say('one');
  say('two');
  read(1);
  child.settle({
    state: 'Completed',
    exitCode: 0,
    signal: null,
    failure: null,
    statusMessage: null,
    endConfirmed: null,
  });
  expect(taken).toEqual([]);
  read(2);
  expect(taken).toEqual([{ seq: 2, places: { output: 0, error: 0 } }]);
});
