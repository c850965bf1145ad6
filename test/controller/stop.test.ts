import { expect, test } from 'vitest';
import { ChildJob } from '../../src/controller/child-job.ts';
import type { RestoredChild } from '../../src/controller/restored-child.ts';
import { stopChildren } from '../../src/controller/stop.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { createResultStore } from '../../src/results/result-store.ts';
import { FakeClock, target } from './fakes.ts';

const COMPLETED: Outcome = {
  state: 'Completed',
  exitCode: 0,
  signal: null,
  failure: null,
  statusMessage: null,
  endConfirmed: null,
};
const LEFT: RestoredChild = {
  instanceId: 'of the child',
  state: 'Disconnected',
  outcome: null,
  begin: 1000,
  end: null,
  attempts: 1,
  data: {},
  seq: 0,
  places: { output: 0, error: 0 },
  stood: null,
  known: { outcome: COMPLETED, end: 2000 },
};

interface Fetched {
  readonly child: ChildJob;
  readonly clock: FakeClock;
  /** Aborted when it is fetched no longer. */
  readonly signal: AbortSignal;
}

/** A durable child that had ended for an earlier controller, while what it wrote is fetched from its host again. */
function fetched(): Fetched {
  const clock = new FakeClock();
  const common = { id: 2, parentId: 1, name: 'Job2', command: 'x', item: null, index: 0 };
  const identity = { ...common, target: target('a') };
  const child = new ChildJob(identity, createResultStore().open(2), clock, () => undefined, LEFT);
  const { signal } = child.begin();
  child.contact(null);
  return { child, clock, signal };
}

test('a stop does not lose what a command wrote that has ended: there is a while to fetch it', async () => {
  const { child, clock, signal } = fetched();
  const stopped = stopChildren([child], 'somebody', clock);
  await clock.advance(9_000);
  expect([child.state, signal.aborted]).toEqual(['Running', false]);
  child.settle(COMPLETED);
  await stopped;
  expect(clock.pending).toBe(0);
});

test('a stop ends that where it takes too long, somebody asks again, or nobody will read it', async () => {
  const late = fetched();
  const ends = [stopChildren([late.child], 'somebody', late.clock)];
  await late.clock.advance(10_000);
  const again = fetched();
  for (const by of ['one', 'another']) ends.push(stopChildren([again.child], by, again.clock));
  const removed = fetched();
  ends.push(stopChildren([removed.child], 'its removal', null));
  for (const { child, signal } of [late, again, removed]) {
    expect([child.state, signal.aborted]).toEqual(['Stopping', true]);
    child.settle(COMPLETED);
  }
  await Promise.all(ends);
});
