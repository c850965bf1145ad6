import { describe, expect, test } from 'vitest';
import type { JobEvent } from '../../src/model/event.ts';
import type { HostedController, Reading } from '../../src/model/ports/controller.ts';
import { deferred, definition } from './fakes.ts';
import { hostedOnFakes, lineOf, say, speak } from './contract-rig.ts';

/** Reads up to and with this line. */
async function readTo(reading: AsyncIterator<JobEvent>, line: string): Promise<string[]> {
  const seen: string[] = [];
  while (seen.at(-1) !== line) {
    const step = await reading.next();
    if (step.done === true) throw new Error(`it ended before '${line}'`);
    seen.push(lineOf(step.value));
  }
  return seen;
}

function open(
  controller: HostedController,
  id: number,
): [Reading<JobEvent>, AsyncIterator<JobEvent>] {
  const reading = controller.openFollow(id);
  return [reading, reading[Symbol.asyncIterator]()];
}

describe('records that were read and not acknowledged', () => {
  test('go, when their reader is closed, to one that waits for more', async () => {
    const gate = deferred<void>();
    const [controller] = hostedOnFakes(async (context) => {
      say(context, 'one');
      await gate.promise;
      return { kind: 'exit', code: 0 };
    });
    const { id } = await controller.start(definition(['a']));
    const [first, firstEvents] = open(controller, id);
    await readTo(firstEvents, 'one');
    const [, secondEvents] = open(controller, id);
    await readTo(secondEvents, 'a NotStarted Running');
    const next = readTo(secondEvents, 'one');
    first.close();
    expect(await next).toEqual(['one']);
    gate.resolve();
    await controller.dispose();
  });

  test('go to one that has not read the end yet', async () => {
    const [controller] = hostedOnFakes(speak('one', 'two'));
    const { id } = await controller.start(definition(['a']));
    const [first, firstEvents] = open(controller, id);
    const [, secondEvents] = open(controller, id);
    await readTo(firstEvents, 'end Completed');
    expect(await readTo(secondEvents, 'job Running Completed')).not.toContain('a one');
    first.acknowledge(id + 1, 1);
    first.close();
    expect(await readTo(secondEvents, 'end Completed')).toEqual(['a two', 'end Completed']);
    await controller.dispose();
  });

  test('can be acknowledged after the end, until their reader is closed', async () => {
    const [controller] = hostedOnFakes(speak('one', 'two'));
    const { id } = await controller.start(definition(['a']));
    const [reading, events] = open(controller, id);
    await readTo(events, 'end Completed');
    expect(await events.next()).toEqual({ done: true, value: undefined });
    reading.acknowledge(id + 1, 2);
    reading.acknowledge(id + 1, 2);
    reading.acknowledge(99, 1);
    expect((await controller.job(id)).hasMoreData).toBe(false);
    reading.close();
    reading.close();
    reading.acknowledge(id + 1, 2);
    await controller.dispose();
  });

  test('a reader that waits is ended by closing it', async () => {
    const gate = deferred<void>();
    const [controller] = hostedOnFakes(async () => {
      await gate.promise;
      return { kind: 'exit', code: 0 };
    });
    const { id } = await controller.start(definition(['a']));
    const [reading, events] = open(controller, id);
    await readTo(events, 'a NotStarted Running');
    const next = events.next();
    reading.close();
    expect(await next).toEqual({ done: true, value: undefined });
    gate.resolve();
    await controller.dispose();
  });
});

test('records of a job that is removed meanwhile are gone for whoever reads it', async () => {
  const [controller] = hostedOnFakes(speak('one', 'two'));
  const { id } = await controller.start(definition(['a']));
  await controller.wait(id);
  const [, events] = open(controller, id);
  await controller.remove(id);
  expect(await readTo(events, 'end Completed')).not.toContain('a one');
  await controller.dispose();
});

test('one that watches every change and falls behind misses the oldest, and never the newest', async () => {
  const [controller] = hostedOnFakes(speak());
  const abort = new AbortController();
  const changes = controller.changes(abort.signal);
  const hosts = Array.from({ length: 6000 }, (_, index) => `n${index}`);
  const { id } = await controller.start(definition(hosts, { fanout: 1000 }));
  await controller.wait(id);
  const seen: number[] = [];
  for await (const { jobId, to } of changes) {
    seen.push(jobId);
    if (jobId === id && to === 'Completed') abort.abort();
  }
  expect(seen).toHaveLength(10_000);
  await controller.dispose();
});
