import fc from 'fast-check';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { RecordLog, RecordReader } from '../../src/model/ports/results.ts';
import type { OutputRecord, StreamName } from '../../src/model/record.ts';
import { Extents } from '../../src/results/extents.ts';
import { createResultStore } from '../../src/results/result-store.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { spillRig, type SpillRig } from './spill-rig.ts';

const base = temporaryFolder('spill');
afterAll(() => rmSync(base, { recursive: true }));

describe('past the memory budget', () => {
  test('the oldest records of all children go to the disk, and come back as they were', () => {
    const rig = spillRig(base);
    const store = createResultStore({ memoryBytes: 64 * 1024, spill: rig.file });
    const logs = [store.open(2), store.open(3)];
    const written: string[][] = [[], []];
    for (let index = 0; index < 400; index += 1) {
      const text = `${index}:`.repeat(200 + (index % 50));
      logs[index % 2]?.append(index % 3 === 0 ? 'error' : 'output', Buffer.from(text), index);
      written[index % 2]?.push(text);
    }
    expect(store.bytesHeld).toBe(written.flat().join('').length);
    expect(store.bytesHeld - store.bytesSpilled).toBeLessThan(64 * 1024);
    for (const [at, log] of logs.entries()) {
      expect(textsOf(log.read()).join('')).toBe(written[at]?.join(''));
      const reader = log.reader(CLAIMING);
      const taken = reader.take(Number.POSITIVE_INFINITY);
      expect(taken.map(({ seq }) => seq)).toEqual(taken.map((_, index) => index + 1));
      expect(taken[3]).toMatchObject({ stream: at === 0 ? 'error' : 'output', time: 6 + at });
      reader.acknowledge(taken.length);
    }
    expect([store.bytesHeld, store.bytesSpilled, rig.size()]).toEqual([0, 0, null]);
  });

  test('what was freed before it went there is freed there, too', () => {
    const store = createResultStore({ memoryBytes: 4000, spill: spillRig(base).file });
    const log = store.open(2);
    const reader = log.reader(CLAIMING);
    for (const size of [100, 100, 100]) log.append('output', Buffer.alloc(size), 0);
    reader.take(2);
    reader.acknowledge(1);
    log.append('output', Buffer.alloc(4000), 0);
    expect(store.bytesSpilled).toBe(4200);
    let readTo = 0;
    log.onRead((seq) => (readTo = seq));
    reader.acknowledge(2);
    expect([readTo, store.bytesSpilled]).toEqual([2, 4100]);
    expect(log.read().map(({ seq }) => seq)).toEqual([3, 4]);
  });

  test('C10: the file is private, and has no name', () => {
    const rig = spillRig(base);
    const store = createResultStore({ memoryBytes: 1024, spill: rig.file });
    store.open(2).append('output', Buffer.alloc(2000), 0);
    expect(store.bytesSpilled).toBe(2000);
    expect(readdirSync(rig.folder)).toEqual([]);
    expect(rig.mode()).toBe(0o600);
    expect(statSync(rig.folder).mode & 0o777).toBe(0o700);
    store.drop(2);
    expect([store.bytesSpilled, rig.size()]).toEqual([0, null]);
  });

  test('nothing is opened before it is needed', () => {
    const rig = spillRig(base);
    const store = createResultStore({ memoryBytes: 4096, spill: rig.file });
    store.open(2).append('output', Buffer.alloc(2000), 0);
    expect(existsSync(rig.folder)).toBe(false);
  });

  test('a reader that follows for hours does not make the file grow', () => {
    const rig = spillRig(base);
    const store = createResultStore({ memoryBytes: 256 * 1024, spill: rig.file });
    const log = store.open(2);
    const reader = log.reader(CLAIMING);
    let largest = 0;
    for (let index = 1; index <= 4000; index += 1) {
      log.append('output', Buffer.alloc(16 * 1024, index), 0);
      // A megabyte behind, and so four times what memory may hold.
      if (index > 64) reader.acknowledge(reader.take(1)[0]?.seq ?? 0);
      largest = Math.max(largest, rig.size() ?? 0);
    }
    expect(largest).toBeLessThan(4 * 1024 ** 2);
    expect(log.read()).toHaveLength(64);
  });

  test('small records are written together', () => {
    const rig = spillRig(base);
    const store = createResultStore({ memoryBytes: 8 * 1024 ** 2, spill: rig.file });
    for (let id = 2; id < 3000; id += 1) {
      store.open(id).append('output', Buffer.alloc(4000, id), 0);
      store.open(id + 10_000).append('output', Buffer.alloc(10, id), 0);
    }
    expect(store.bytesSpilled).toBeGreaterThan(2 * 1024 ** 2);
    expect(Math.min(...rig.writes)).toBeGreaterThan(256 * 1024);
  });
});

describe('where there is no room', () => {
  test('on a full disk a child is told so, and what came before stays readable', () => {
    const rig = spillRig(base);
    rig.fault.code = 'ENOSPC';
    rig.fault.from = 10_000;
    const store = createResultStore({ memoryBytes: 4096, spill: rig.file });
    const log = store.open(2);
    let count = 0;
    while (log.full === null && count < 100)
      log.append('output', Buffer.alloc(1000, (count += 1)), 0);
    expect(log.full).toMatch(/^\S+ \S+ needed in .*\/state, .* free there, .* \(ENOSPC\)$/u);
    expect(count).toBeGreaterThan(10);
    expect(count).toBeLessThan(20);
    expect(log.read().map(({ data }) => data[0])).toEqual(
      Array.from({ length: count }, (_, index) => index + 1),
    );
  });

  test('a tenth of the disk is left to others', () => {
    const rig = spillRig(base);
    rig.disk.total = 1000_000;
    rig.disk.free = 150_000;
    const store = createResultStore({ memoryBytes: 4096, spill: rig.file });
    const log = store.open(2);
    for (let count = 0; log.full === null && count < 100; count += 1) {
      const before = rig.size() ?? 0;
      log.append('output', Buffer.alloc(1000), 0);
      rig.disk.free -= (rig.size() ?? 0) - before;
    }
    expect(log.full).toMatch(
      /needed in .*, 10\d\.\d kB free there, of which 100\.0 kB are left alone$/u,
    );
    expect(rig.disk.free).toBeGreaterThan(100_000);
  });

  test('a disk that is memory itself is none', () => {
    const rig = spillRig(base);
    rig.disk.type = 0x0102_1994;
    const store = createResultStore({ memoryBytes: 1024, spill: rig.file });
    const log = store.open(2);
    log.append('output', Buffer.alloc(2000), 0);
    expect(log.full).toBe(`${rig.folder} is no disk: it is in memory itself`);
    expect(log.read()).toHaveLength(1);
  });

  test('who writes less than there is room for is told nothing, also when another was', () => {
    const store = createResultStore({ memoryBytes: 4096 });
    const [loud, quiet] = [store.open(2), store.open(3)];
    loud.append('warning', Buffer.alloc(5000), 0);
    expect(loud.full).toMatch(/no disk/u);
    expect(quiet.full).toBeNull();
    const reader = loud.reader(CLAIMING);
    reader.take(1);
    reader.acknowledge(1);
    quiet.append('output', Buffer.alloc(10), 0);
    expect(quiet.full).toBeNull();
  });
});

describe('over any interleaving', () => {
  test('of writes, reads and acknowledgements everything is there once, with little or nothing in memory', () => {
    fc.assert(
      fc.property(
        fc.array(STEP, { maxLength: 80 }),
        MEMORY,
        fc.boolean(),
        (steps, memory, isFailing) => {
          const rig = spillRig(base);
          if (isFailing) Object.assign(rig.fault, { code: 'EIO', from: 600 });
          const world = new World(rig.file, memory);
          for (const step of steps) world.take(step);
          world.receiveRest();
          expect([world.store.bytesHeld, world.store.bytesSpilled, rig.size()]).toEqual([
            0,
            0,
            null,
          ]);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('no two parts of the file overlap, and its end is where the last one ends', () => {
    const sizes = fc.array(
      fc.record({ length: fc.integer({ min: 1, max: 40 }), give: fc.nat(20) }),
    );
    fc.assert(
      fc.property(sizes, (steps) => {
        const extents = new Extents();
        let live: { offset: number; length: number }[] = [];
        for (const { length, give } of steps) {
          live.push(extents.take(length));
          const gone = give < live.length ? live[give] : undefined;
          if (gone !== undefined) {
            extents.give(gone);
            live = live.filter((one) => one !== gone);
          }
          const sorted = live.toSorted((a, b) => a.offset - b.offset);
          for (const [index, { offset }] of sorted.entries()) {
            const before = sorted[index - 1];
            expect(offset).toBeGreaterThanOrEqual(
              before === undefined ? 0 : before.offset + before.length,
            );
          }
          const last = sorted.at(-1);
          expect(extents.end).toBe(last === undefined ? 0 : last.offset + last.length);
        }
      }),
    );
  });
});

type Step =
  | {
      readonly kind: 'write';
      readonly log: number;
      readonly stream: StreamName;
      readonly size: number;
    }
  | { readonly kind: 'take'; readonly log: number; readonly limit: number }
  | { readonly kind: 'acknowledge'; readonly log: number; readonly share: number }
  | { readonly kind: 'close'; readonly log: number };

const LOG = fc.nat(2);
/** Nothing stays in it, or a few records, so that what goes to the disk has been read in part. */
const MEMORY = fc.constantFrom(1, 1500, 6000);
const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      log: LOG,
      stream: fc.constantFrom<StreamName>('output', 'error'),
      // Above 512 bytes blocks of two children may be the same.
      size: fc.oneof(fc.nat(40), fc.constant(600)),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('take' as const),
      log: LOG,
      limit: fc.integer({ min: 1, max: 8 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('acknowledge' as const),
      log: LOG,
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  fc.record({ kind: fc.constant('close' as const), log: LOG }),
);

/** Three logs with a reader each, and beside them the plainest account of what each should give. */
class World {
  readonly store;
  readonly #logs: {
    readonly log: RecordLog;
    reader: RecordReader;
    taken: OutputRecord[];
    rest: string;
    readTo: number;
  }[];

  constructor(spill: SpillRig['file'], memoryBytes: number) {
    this.store = createResultStore({ memoryBytes, spill });
    this.#logs = [2, 3, 4].map((id) => {
      const log = this.store.open(id);
      const one = { log, reader: log.reader(CLAIMING), taken: [], rest: '', readTo: 0 };
      log.onRead((seq) => (one.readTo = seq));
      return one;
    });
  }

  take(step: Step): void {
    const one = this.#logs[step.log];
    if (one === undefined) return;
    if (step.kind === 'write') {
      const text = `${step.stream[0]}${'x'.repeat(step.size)}`;
      one.log.append(step.stream, Buffer.from(text), 0);
      one.rest += text;
    } else if (step.kind === 'take') {
      const records = one.reader.take(step.limit);
      for (const record of records) {
        const text = Buffer.from(record.data).toString();
        const length = one.taken.reduce((sum, { data }) => sum + data.byteLength, 0);
        expect(one.rest.slice(length, length + text.length)).toBe(text);
        one.taken.push(record);
      }
    } else if (step.kind === 'acknowledge') {
      const last = one.taken[Math.floor(step.share * one.taken.length) - 1];
      if (last === undefined) return;
      one.reader.acknowledge(last.seq);
      expect(one.readTo).toBe(last.seq);
      const freed = one.taken.filter(({ seq }) => seq <= last.seq);
      one.taken = one.taken.filter(({ seq }) => seq > last.seq);
      one.rest = one.rest.slice(freed.reduce((sum, { data }) => sum + data.byteLength, 0));
    } else {
      one.reader.close();
      one.reader = one.log.reader(CLAIMING);
      one.taken = [];
    }
    expect(this.store.bytesHeld).toBe(this.#logs.reduce((sum, { rest }) => sum + rest.length, 0));
  }

  receiveRest(): void {
    for (const { log, reader, rest } of this.#logs) {
      reader.close();
      const last = log.reader(CLAIMING);
      const records = last.take(Number.POSITIVE_INFINITY);
      expect(textsOf(records).join('')).toBe(rest);
      last.acknowledge(records.at(-1)?.seq ?? 0);
    }
  }
}

function textsOf(records: readonly OutputRecord[]): string[] {
  return records.map(({ data }) => Buffer.from(data).toString());
}

const CLAIMING = { keep: false, streams: null };
