import { expect, test } from 'vitest';
import { compose, type Part } from '../../src/presenters/part.ts';
import { child, end, job, record, state } from './events.ts';

test('each part gets the events that it takes, one part after the other', async () => {
  const seen: string[] = [];
  const part = (name: string): Part => ({
    async record({ host }) {
      await Promise.resolve();
      seen.push(`${name} record ${host}`);
    },
    async end() {
      seen.push(`${name} end`);
    },
  });
  const presenter = compose([part('one'), {}, part('two')]);
  await presenter.handle(state(2, 'web1', 'Completed'));
  await presenter.handle(record(2, 'web1', 'x'));
  await presenter.handle(end(job([child('web1')])));
  expect(seen).toEqual(['one record web1', 'two record web1', 'one end', 'two end']);
});

test('a part that fails keeps no other from its event, and its error comes after them', async () => {
  const seen: string[] = [];
  const failing: Part = { end: () => Promise.reject(new Error('first')) };
  const other: Part = {
    async end() {
      seen.push('other');
      throw new Error('second');
    },
  };
  const handled = compose([failing, other]).handle(end(job([])));
  await expect(handled).rejects.toThrow('first');
  expect(seen).toEqual(['other']);
});
