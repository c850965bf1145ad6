import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RecordLog } from '../../src/model/ports/results.ts';
import type { OutputRecord, StreamName } from '../../src/model/record.ts';
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
    log.read();
    expect(seqs(log.read())).toEqual([1, 2, 3, 4, 5]);
    log.acknowledge(3);
    expect(seqs(log.read())).toEqual([4, 5]);
    expect(seqs(log.read(1))).toEqual([4, 5]);
    log.acknowledge(2);
    expect(seqs(log.read())).toEqual([4, 5]);
  });

  test('an acknowledgement ahead of what was written takes nothing that comes later', () => {
    const log = filled(2);
    log.acknowledge(10);
    log.append('output', Buffer.from('late'), 0);
    expect(seqs(log.read())).toEqual([3]);
  });

  test('counts the bytes of stdout and stderr, freed ones included, in an object that does not change', () => {
    const log = createResultStore().open(2);
    log.append('output', Buffer.alloc(3), 0);
    const before = log.bytes;
    log.append('error', Buffer.alloc(5), 0);
    log.append('warning', Buffer.alloc(7), 0);
    log.acknowledge(2);
    expect(log.bytes).toEqual({ output: 3, error: 5 });
    expect(before).toEqual({ output: 3, error: 0 });
  });

  test('takes nothing after it was closed, and can still be read', () => {
    const log = filled(1);
    expect([log.closed, log.hasUnread]).toEqual([false, true]);
    log.close();
    expect(() => log.append('output', Buffer.from('x'), 0)).toThrow(/closed/u);
    expect(seqs(log.read())).toEqual([1]);
    log.acknowledge(1);
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
    second.acknowledge(1);
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

describe('receiving', () => {
  type Step =
    | { readonly kind: 'write'; readonly stream: StreamName; readonly text: string }
    | { readonly kind: 'receive'; readonly limit: number }
    | { readonly kind: 'keep'; readonly limit: number };

  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      kind: fc.constant('write' as const),
      stream: fc.constantFrom<StreamName>('output', 'error', 'warning'),
      text: fc.string({ maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant('receive' as const), limit: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ kind: fc.constant('keep' as const), limit: fc.integer({ min: 1, max: 5 }) }),
  );

  test('over any interleaving of writes, receives and keeps gives exactly what was written, once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const store = createResultStore();
        const log = store.open(2);
        const written: OutputRecord[] = [];
        const received: OutputRecord[] = [];
        const receive = (limit?: number): void => {
          const batch = log.read(0, limit);
          received.push(...batch);
          log.acknowledge(batch.at(-1)?.seq ?? 0);
        };
        for (const each of steps) {
          if (each.kind === 'write') {
            written.push(log.append(each.stream, Buffer.from(each.text), written.length));
          } else if (each.kind === 'receive') {
            receive(each.limit);
          } else {
            expect(log.read(0, each.limit)).toEqual(
              written.slice(received.length, received.length + each.limit),
            );
          }
          const unread = written.slice(received.length);
          expect(log.hasUnread).toBe(unread.length > 0);
          expect(store.bytesHeld).toBe(unread.reduce((sum, { data }) => sum + data.length, 0));
        }
        receive();
        expect(received).toEqual(written);
        expect(received.map(({ seq }) => seq)).toEqual(written.map((_, index) => index + 1));
        expect(log.hasUnread).toBe(false);
      }),
    );
  });

  test('also past the point where emptied room is given back', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1500), { maxLength: 12 }), fc.nat(1500), (sizes, behind) => {
        const log = createResultStore().open(2);
        let written = 0;
        let acknowledged = 0;
        for (const size of sizes) {
          for (let index = 0; index < size; index += 1) log.append('output', NOTHING, 0);
          written += size;
          acknowledged = Math.max(acknowledged, written - behind);
          log.acknowledge(acknowledged);
          const unread = seqs(log.read());
          expect(unread).toHaveLength(written - acknowledged);
          if (unread.length > 0)
            expect([unread[0], unread.at(-1)]).toEqual([acknowledged + 1, written]);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('1 GB read through in pieces is not kept', async () => {
    const log = createResultStore().open(2);
    const before = buffersHeld();
    for (let index = 1; index <= 16_384; index += 1) {
      log.append('output', Buffer.alloc(64 * 1024, index), 0);
      // Eight records behind, as a reader is that writes while the next ones come.
      log.acknowledge(index - 8);
      if (index % 2048 === 0) await expectHeldBelow(before + 8 * 1024 ** 2);
    }
    expect(log.bytes.output).toBe(1024 ** 3);
    expect(seqs(log.read())).toHaveLength(8);
  });

  test('what was dropped is not kept, even by somebody who still has the log', async () => {
    const store = createResultStore();
    const log = store.open(2);
    const before = buffersHeld();
    for (let index = 0; index < 64; index += 1) log.append('output', Buffer.alloc(1024 ** 2), 0);
    store.drop(2);
    await expectHeldBelow(before + 4 * 1024 ** 2);
    expect([log.hasUnread, log.closed]).toEqual([false, true]);
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
    const begin = performance.now();
    let taken = 0;
    for (let seq = 1; seq <= 300_000; seq += 1) {
      if (log.read(0, 1)[0]?.seq === seq) taken += 1;
      log.acknowledge(seq);
    }
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

function seqs(records: readonly OutputRecord[]): number[] {
  return records.map(({ seq }) => seq);
}

const NOTHING = Buffer.alloc(0);
