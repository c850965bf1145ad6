import { describe, expect, test } from 'vitest';
import type { ReaderOptions, RecordLog } from '../../src/model/ports/results.ts';
import type { OutputRecord } from '../../src/model/record.ts';
import { createResultStore } from '../../src/results/result-store.ts';
import { buffersHeld, expectHeldBelow } from './memory.ts';

describe('a log', () => {
  test('numbers records from 1 over all streams and keeps them in order of arrival', () => {
    const log = createResultStore().open(2);
    log.append('output', Buffer.from('a'), 10);
    log.append('error', Buffer.from('b'), 11);
    log.append('output', Buffer.from('c'), 11);
    expect(log.read().map(({ seq, time, stream, data }) => [seq, time, stream, data[0]])).toEqual([
      [1, 10, 'output', 0x61],
      [2, 11, 'error', 0x62],
      [3, 11, 'output', 0x63],
    ]);
  });

  test('reads from a cursor, and not more than asked for', () => {
    const log = filled(5);
    expect(seqs(log.read(2))).toEqual([3, 4, 5]);
    expect(seqs(log.read(2, 2))).toEqual([3, 4]);
    expect(seqs(log.read(5))).toEqual([]);
    expect(seqs(log.read(9))).toEqual([]);
  });

  test('reading frees nothing; acknowledging frees up to and with that record, once', () => {
    const log = filled(5);
    const reader = log.reader(CLAIMING);
    reader.take(5);
    expect(seqs(log.read())).toEqual([1, 2, 3, 4, 5]);
    reader.acknowledge(3);
    expect(seqs(log.read())).toEqual([4, 5]);
    expect(seqs(log.read(1))).toEqual([4, 5]);
    reader.acknowledge(2);
    expect(seqs(log.read())).toEqual([4, 5]);
  });

  test('an acknowledgement ahead of what was taken takes nothing that comes later', () => {
    const log = filled(2);
    const reader = log.reader(CLAIMING);
    reader.take(2);
    reader.acknowledge(10);
    log.append('output', Buffer.from('late'), 0);
    expect(seqs(log.read())).toEqual([3]);
    expect(seqs(reader.take(9))).toEqual([3]);
  });

  test('holds what it was given, and not what that was a part of', async () => {
    const log = createResultStore().open(2);
    const before = buffersHeld();
    for (let count = 0; count < 100; count += 1) {
      log.append('output', Buffer.alloc(64 * 1024).subarray(0, 33 * 1024), 0);
    }
    await expectHeldBelow(before + 100 * 34 * 1024);
    expect(log.unread).toBe(100);
  });

  test('says of a record that it is structured, and of others nothing', () => {
    const log = createResultStore().open(2);
    log.append('output', Buffer.from('{}\n'), 0, true);
    log.append('output', Buffer.from('{}\n'), 0);
    expect(log.read().map((record) => record.structured)).toEqual([true, undefined]);
    expect(log.read().map((record) => 'structured' in record)).toEqual([true, false]);
  });

  test('counts the bytes of stdout and stderr, freed ones included, in an object that does not change', () => {
    const log = createResultStore().open(2);
    log.append('output', Buffer.alloc(3), 0);
    const before = log.bytes;
    log.append('error', Buffer.alloc(5), 0);
    log.append('warning', Buffer.alloc(7), 0);
    receive(log);
    expect(log.bytes).toEqual({ output: 3, error: 5 });
    expect(before).toEqual({ output: 3, error: 0 });
  });

  test('takes nothing after it was closed, and can still be read', () => {
    const log = filled(1);
    expect([log.closed, log.hasUnread]).toEqual([false, true]);
    log.close();
    expect(() => log.append('output', Buffer.from('x'), 0)).toThrow(/closed/u);
    expect(seqs(log.read())).toEqual([1]);
    receive(log);
    expect([log.closed, log.hasUnread]).toEqual([true, false]);
  });
});

describe('a store', () => {
  test('counts the bytes that are held, over all children', () => {
    const store = createResultStore();
    const [first, second] = [store.open(2), store.open(3)];
    first.append('output', Buffer.alloc(10), 0);
    second.append('error', Buffer.alloc(20), 0);
    second.append('error', Buffer.alloc(5), 0);
    expect(store.bytesHeld).toBe(35);
    const reader = second.reader(CLAIMING);
    reader.take(2);
    reader.acknowledge(1);
    expect(store.bytesHeld).toBe(15);
    store.drop(2);
    expect(store.bytesHeld).toBe(5);
    store.drop(2);
    expect(store.bytesHeld).toBe(5);
  });

  test('gives no child two logs', () => {
    const store = createResultStore();
    store.open(2);
    expect(() => store.open(2)).toThrow(/2 has a log/u);
  });
});

describe('memory', () => {
  test('1 GB read through in pieces is not kept', async () => {
    const log = createResultStore().open(2);
    const reader = log.reader(CLAIMING);
    const before = buffersHeld();
    for (let index = 1; index <= 16_384; index += 1) {
      log.append('output', Buffer.alloc(64 * 1024, index), 0);
      reader.take(1);
      // Eight records behind, as a reader is that writes while the next ones come.
      reader.acknowledge(index - 8);
      if (index % 2048 === 0) await expectHeldBelow(before + 8 * 1024 ** 2);
    }
    expect(log.bytes.output).toBe(1024 ** 3);
    expect(seqs(log.read())).toHaveLength(8);
  });

  test('what was dropped is not kept, even by somebody who still has the log', async () => {
    const store = createResultStore();
    const log = store.open(2);
    const before = buffersHeld();
    const readers = [log.reader(CLAIMING), log.reader({ keep: true, streams: null })];
    for (let index = 0; index < 64; index += 1) log.append('output', Buffer.alloc(1024 ** 2), 0);
    for (const reader of readers) reader.take(32);
    store.drop(2);
    await expectHeldBelow(before + 4 * 1024 ** 2);
    expect([log.hasUnread, log.closed, store.bytesHeld]).toEqual([false, true, 0]);
    for (const reader of readers) {
      expect(reader.take(1)).toEqual([]);
      reader.acknowledge(5);
      reader.close();
    }
    expect(store.bytesHeld).toBe(0);
  });

  test('what was freed behind a record that nobody takes is not kept, nor is the room it took', async () => {
    const log = createResultStore().open(2);
    const reader = log.reader({ keep: false, streams: ['output'] });
    log.append('warning', Buffer.from('first'), 0);
    const before = buffersHeld();
    for (let index = 1; index <= 4096; index += 1) {
      log.append('output', Buffer.alloc(64 * 1024, index), 0);
      reader.acknowledge(reader.take(1)[0]?.seq ?? 0);
    }
    await expectHeldBelow(before + 4 * 1024 ** 2);
    expect(seqs(log.read())).toEqual([1]);
    const others = log.reader(CLAIMING);
    expect(seqs(others.take(9))).toEqual([1]);
  });

  test('a small record does not hold the packet that it came in', async () => {
    const log = createResultStore().open(2);
    const before = buffersHeld();
    for (let index = 0; index < 512; index += 1) {
      log.append('output', Buffer.alloc(64 * 1024, index).subarray(100, 110), 0);
    }
    await expectHeldBelow(before + 4 * 1024 ** 2);
    expect(log.read().map(({ data }) => data[0])).toEqual(
      Array.from({ length: 512 }, (_, index) => index % 256),
    );
  });

  test('300,000 waiting records are taken one by one in well under the time that moving them would take', () => {
    const log = filled(300_000);
    const reader = log.reader(CLAIMING);
    const begin = performance.now();
    let taken = 0;
    for (let seq = 1; seq <= 300_000; seq += 1) {
      if (reader.take(1)[0]?.seq === seq) taken += 1;
    }
    for (let seq = 1; seq <= 300_000; seq += 1) reader.acknowledge(seq);
    expect(taken).toBe(300_000);
    // Moving each remaining record at each step is 4.5e10 moves, a minute at least.
    expect(performance.now() - begin).toBeLessThan(10_000);
    expect(log.hasUnread).toBe(false);
  });
});

function filled(count: number): RecordLog {
  const log = createResultStore().open(2);
  for (let index = 0; index < count; index += 1) log.append('output', NOTHING, 0);
  return log;
}

/** Takes and frees all that is unread. */
function receive(log: RecordLog): void {
  const reader = log.reader(CLAIMING);
  reader.acknowledge(reader.take(Number.POSITIVE_INFINITY).at(-1)?.seq ?? 0);
  reader.close();
}

function seqs(records: readonly OutputRecord[]): number[] {
  return records.map(({ seq }) => seq);
}

const CLAIMING: ReaderOptions = { keep: false, streams: null };
const NOTHING = Buffer.alloc(0);
