import { expect, test } from 'vitest';
import { readJob, type ReadFrom, type Sink } from '../../src/cli/reading.ts';
import type { JobView } from '../../src/model/job.ts';
import type { Received } from '../../src/model/ports/controller.ts';
import type { HeldReading } from '../../src/service/service.ts';
import { child, job } from '../presenters/events.ts';

/** One that comes to a rest at `rest`; what is still unread then comes in these portions, and after the first it has ended. */
function controllerOf(rest: JobView, portions: string[][]): ReadFrom {
  let asked = 0;
  let seq = 0;
  const records = (): Received[] =>
    (portions.shift() ?? []).map((text) => ({
      seq: (seq += 1),
      time: 0,
      stream: 'output',
      data: Buffer.from(text),
      host: 'a',
      childId: 2,
    }));
  return {
    job: () => Promise.resolve(rest),
    wait: () => Promise.resolve(rest),
    changes: () => held([]),
    followHeld: () => held([]),
    receiveHeld: () => held(records()),
    jobAfter: () =>
      Promise.resolve((asked += 1) === 1 || portions.length === 0 ? job([child('a')]) : rest),
  };
}

function held<T>(values: readonly T[]): HeldReading<T> {
  return {
    id: 'one',
    acknowledge: () => undefined,
    stop: () => undefined,
    close: () => Promise.resolve(),
    [Symbol.asyncIterator]: () => {
      const left = [...values];
      return {
        next: () => {
          const value = left.shift();
          return Promise.resolve(
            value === undefined ? { done: true, value: undefined } : { done: false, value },
          );
        },
      };
    },
  };
}

test('what a job says that was at rest, and ends before it is looked at again, belongs to its end', async () => {
  const said: string[] = [];
  const sink: Sink = {
    handle: (event) => {
      if (event.event === 'record') said.push(Buffer.from(event.record.data).toString());
      if (event.event === 'end') said.push(event.job.state);
      return Promise.resolve();
    },
    written: () => Promise.resolve(true),
    unwritten: () => [],
    printsAtEnd: false,
  };
  const reading = {
    controller: controllerOf(job([child('a', { state: 'Disconnected' })]), [['one'], ['two']]),
    id: 1,
    options: {},
    until: 'persistent',
    signal: new AbortController().signal,
    onBlocked: () => undefined,
  } as const;
  const { job: end } = await readJob(reading, sink);
  expect(said).toEqual(['one', 'two', 'Completed']);
  expect(end.state).toBe('Completed');
});

test.each([
  { until: 'persistent', what: 'waited for' },
  { until: 'now', what: 'looked at' },
] as const)(
  'one that is $what is not whole where its time is over before all is taken',
  async ({ until }) => {
    const abort = new AbortController();
    const said: string[] = [];
    const sink: Sink = {
      handle: (event) => {
        if (event.event !== 'record') return Promise.resolve();
        said.push(Buffer.from(event.record.data).toString());
        if (said.length === 1) abort.abort();
        return Promise.resolve();
      },
      written: () => Promise.resolve(true),
      unwritten: () => [],
      printsAtEnd: false,
    };
    const read = (more: boolean): ReturnType<typeof readJob> =>
      readJob(
        {
          controller: {
            ...controllerOf(job([child('a')]), [['one', 'two']]),
            jobAfter: () => Promise.resolve({ ...job([child('a')]), hasMoreData: more }),
          },
          id: 1,
          options: {},
          until,
          signal: abort.signal,
          onBlocked: () => undefined,
        },
        sink,
      );
    expect((await read(true)).isWhole).toBe(false);
    expect(said).toEqual(['one']);
    expect((await read(false)).isWhole).toBe(true);
  },
);
