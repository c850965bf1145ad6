import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RecordLog, RecordReader } from '../../src/model/ports/results.ts';
import type { OutputRecord, StreamName } from '../../src/model/record.ts';
import { createResultStore } from '../../src/results/result-store.ts';

describe('readers of one log', () => {
  test('what one has taken another does not get, until it is closed without having acknowledged it', () => {
    const log = filled('aaaa');
    const [first, second] = [claiming(log), claiming(log)];
    expect(seqs(first.take(2))).toEqual([1, 2]);
    expect(seqs(second.take(9))).toEqual([3, 4]);
    first.acknowledge(1);
    first.close();
    expect(seqs(second.take(9))).toEqual([2]);
    second.acknowledge(4);
    expect(seqs(log.read())).toEqual([2]);
    second.acknowledge(2);
    expect(log.hasUnread).toBe(false);
  });

  test('a claim that was made before there was another reader is known to the other', () => {
    const log = filled('aaaa');
    const first = claiming(log);
    first.take(3);
    first.acknowledge(1);
    expect(seqs(claiming(log).take(9))).toEqual([4]);
  });

  test('one that keeps claims and frees nothing, and sees what others have claimed', () => {
    const log = filled('aaa');
    const keeping = log.reader({ keep: true, streams: null });
    expect(seqs(keeping.take(2))).toEqual([1, 2]);
    keeping.acknowledge(2);
    const reader = claiming(log);
    expect(seqs(reader.take(9))).toEqual([1, 2, 3]);
    expect(seqs(keeping.take(9))).toEqual([3]);
    keeping.close();
    expect(seqs(log.read())).toEqual([1, 2, 3]);
  });

  test('records of streams that were not asked for stay unread, also between those that are freed', () => {
    const log = filled('aebea');
    const reader = log.reader({ keep: false, streams: ['error', 'warning'] });
    expect(seqs(reader.take(1))).toEqual([2]);
    expect(seqs(reader.take(9))).toEqual([4]);
    reader.acknowledge(4);
    expect(seqs(log.read())).toEqual([1, 3, 5]);
    expect(seqs(claiming(log).take(2))).toEqual([1, 3]);
  });

  test('an acknowledgement that comes twice frees nothing that was taken meanwhile', () => {
    const log = filled('aaaa');
    const [first, second] = [claiming(log), claiming(log)];
    first.take(2);
    second.take(2);
    first.close();
    second.take(2);
    second.acknowledge(4);
    second.acknowledge(4);
    second.acknowledge(3);
    expect(seqs(log.read())).toEqual([1, 2]);
    second.acknowledge(1);
    expect(seqs(log.read())).toEqual([2]);
  });

  test('one gives back what it took after a record, and holds the rest', () => {
    const log = filled('aaaaa');
    const [first, second] = [claiming(log), claiming(log)];
    first.take(2);
    first.take(3);
    first.acknowledge(1);
    first.giveBackAfter(3);
    expect([first.held, log.unread]).toEqual([2, 4]);
    expect(seqs(second.take(9))).toEqual([4, 5]);
    first.acknowledge(5);
    expect([first.held, log.unread]).toEqual([0, 2]);
    second.giveBackAfter(null);
    expect([second.held, seqs(claiming(log).take(9))]).toEqual([0, [4, 5]]);
  });

  test('a closed one takes nothing and frees nothing', () => {
    const log = filled('aa');
    const reader = claiming(log);
    reader.take(1);
    reader.close();
    reader.close();
    reader.acknowledge(2);
    expect(reader.take(9)).toEqual([]);
    expect(seqs(log.read())).toEqual([1, 2]);
  });

  test('over any interleaving nothing is lost, nothing is given to two that claim, and the bytes held are right', () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 120 }), (steps) => {
        const world = new World();
        for (const step of steps) world.take(step);
        world.receiveRest();
      }),
      { numRuns: 400 },
    );
  });

  test('also over many blocks of records', () => {
    const bulk = fc.record({
      kind: fc.constant('write' as const),
      stream: STREAM,
      size: fc.nat(3),
      count: fc.integer({ min: 500, max: 2500 }),
    });
    const far = fc.record({
      kind: fc.constant('take' as const),
      reader: fc.nat(5),
      limit: fc.integer({ min: 1, max: 3000 }),
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(bulk, far, STEP), { maxLength: 25 }), (steps) => {
        const world = new World();
        for (const step of steps) world.take(step);
        world.receiveRest();
      }),
      { numRuns: 60 },
    );
  });
});

type Step =
  | {
      readonly kind: 'write';
      readonly stream: StreamName;
      readonly size: number;
      readonly count: number;
    }
  | { readonly kind: 'open'; readonly keep: boolean; readonly streams: StreamName[] | null }
  | { readonly kind: 'take'; readonly reader: number; readonly limit: number }
  | { readonly kind: 'acknowledge'; readonly reader: number; readonly share: number }
  | { readonly kind: 'again' | 'close'; readonly reader: number };

const STREAM = fc.constantFrom<StreamName>('output', 'error', 'warning');
const READER = fc.nat(5);
const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      stream: STREAM,
      size: fc.nat(4),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  fc.record({
    kind: fc.constant('open' as const),
    keep: fc.boolean(),
    streams: fc.option(fc.uniqueArray(STREAM, { minLength: 1 })),
  }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('take' as const),
      reader: READER,
      limit: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('acknowledge' as const),
      reader: READER,
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  fc.record({ kind: fc.constantFrom('again' as const, 'close' as const), reader: READER }),
);

interface Known {
  readonly reader: RecordReader;
  readonly keep: boolean;
  readonly streams: readonly StreamName[] | null;
  /** Taken and not acknowledged, in the order of taking. */
  readonly taken: OutputRecord[];
  readonly acknowledged: number[];
  /** The last record a keeping reader has looked at. */
  seen: number;
}

/** The log, and beside it the plainest account of what it should hold and give. */
class World {
  readonly #store = createResultStore();
  readonly #log: RecordLog = this.#store.open(2);
  readonly #written: OutputRecord[] = [];
  readonly #freed = new Set<number>();
  readonly #claimed = new Set<number>();
  #readers: Known[] = [];

  take(step: Step): void {
    if (step.kind === 'write') {
      this.#write(step);
    } else if (step.kind === 'open') {
      const { keep, streams } = step;
      const reader = this.#log.reader({ keep, streams });
      this.#readers.push({ reader, keep, streams, taken: [], acknowledged: [], seen: 0 });
    } else {
      const known = this.#readers[step.reader % Math.max(1, this.#readers.length)];
      if (known !== undefined) this.#use(known, step);
    }
    const unread = this.#unread();
    expect(this.#log.hasUnread).toBe(unread.length > 0);
    expect(this.#store.bytesHeld).toBe(unread.reduce((sum, { data }) => sum + data.length, 0));
  }

  /** Everybody goes, and one more reader gets exactly what was not freed. */
  receiveRest(): void {
    expect(this.#log.read()).toEqual(this.#unread());
    for (const known of this.#readers) this.#close(known);
    const rest = claiming(this.#log);
    expect(rest.take(Number.POSITIVE_INFINITY)).toEqual(this.#unread());
    rest.acknowledge(this.#written.length);
    expect([this.#log.hasUnread, this.#store.bytesHeld]).toEqual([false, 0]);
  }

  #write({ stream, size, count }: Extract<Step, { kind: 'write' }>): void {
    for (let index = 0; index < count; index += 1) {
      this.#written.push(this.#log.append(stream, Buffer.alloc(size), 0));
    }
  }

  #use(known: Known, step: Exclude<Step, { kind: 'write' | 'open' }>): void {
    switch (step.kind) {
      case 'take':
        this.#takeFrom(known, step.limit);
        break;
      case 'acknowledge':
        this.#acknowledge(known, Math.floor(step.share * known.taken.length));
        break;
      case 'again':
        known.reader.acknowledge(known.acknowledged.at(-1) ?? 0);
        break;
      case 'close':
        this.#close(known);
        this.#readers = this.#readers.filter((other) => other !== known);
        break;
    }
  }

  #takeFrom(known: Known, limit: number): void {
    const wanted = this.#unread().filter(
      ({ seq, stream }) =>
        (known.streams?.includes(stream) ?? true) &&
        (known.keep ? seq > known.seen : !this.#claimed.has(seq)),
    );
    const expected = wanted.slice(0, limit);
    expect(seqs(known.reader.take(limit))).toEqual(seqs(expected));
    if (known.keep) {
      known.seen = expected.length === limit ? (expected.at(-1)?.seq ?? 0) : this.#written.length;
      return;
    }
    known.taken.push(...expected);
    for (const { seq } of expected) this.#claimed.add(seq);
  }

  #acknowledge(known: Known, index: number): void {
    const last = known.taken[index];
    if (last === undefined) return;
    known.reader.acknowledge(last.seq);
    for (const { seq } of known.taken.splice(0, index + 1)) this.#freed.add(seq);
    known.acknowledged.push(last.seq);
  }

  #close(known: Known): void {
    known.reader.close();
    for (const { seq } of known.taken) this.#claimed.delete(seq);
  }

  #unread(): readonly OutputRecord[] {
    return this.#written.filter(({ seq }) => !this.#freed.has(seq));
  }
}

/** A record for each letter, its stream by the letter: a, b: output; e: error. */
function filled(letters: string): RecordLog {
  const log = createResultStore().open(2);
  for (const letter of letters) {
    log.append(letter === 'e' ? 'error' : 'output', Buffer.from(letter), 0);
  }
  return log;
}

function claiming(log: RecordLog): RecordReader {
  return log.reader({ keep: false, streams: null });
}

function seqs(records: readonly OutputRecord[]): number[] {
  return records.map(({ seq }) => seq);
}
