import { expect, test } from 'vitest';
import { Delivery } from '../../src/cli/delivery.ts';
import type { HeldReading } from '../../src/service/service.ts';

function reading(): { told: string[]; held: HeldReading<unknown> } {
  const told: string[] = [];
  const held: HeldReading<unknown> = {
    id: 'one',
    acknowledge: (childId, seq) => void told.push(`${childId} ${seq}`),
    stop: () => undefined,
    close: () => Promise.resolve(void told.push('closed')),
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve({ done: true, value: undefined }),
    }),
  };
  return { told, held };
}

test('acknowledges each record once it is written, and those before it', async () => {
  const { told, held } = reading();
  const delivery = new Delivery(held);
  delivery.shown(2, 1, []);
  delivery.shown(2, 2, [2]);
  delivery.shown(2, 3, [2]);
  // Another reader had given it back: it comes after those of higher numbers.
  delivery.shown(3, 9, [9]);
  delivery.shown(3, 4, [4]);
  expect(told).toEqual(['2 1', '3 9']);
  delivery.shown(2, 4, [4]);
  delivery.shown(3, 5, []);
  await delivery.over();
  expect(told).toEqual(['2 1', '3 9', '2 3', '3 5']);
  await delivery.settle(true);
  expect(told.slice(4)).toEqual(['2 4', 'closed']);
});

test('a line that began in an earlier reading holds what goes on with it', () => {
  const { told, held } = reading();
  const delivery = new Delivery(held);
  delivery.shown(2, 8, [7]);
  expect(told).toEqual([]);
  delivery.shown(2, 9, [9]);
  expect(told).toEqual(['2 8']);
});

test('what was shown and will never be written is left', async () => {
  const { told, held } = reading();
  const delivery = new Delivery(held);
  delivery.shown(2, 1, 'all');
  delivery.shown(2, 2, 'all');
  await delivery.over();
  await delivery.settle(false);
  expect(told).toEqual(['closed']);
});
