import { afterEach, beforeEach, expect, test } from 'vitest';
import { Controller, threadSpec, type Job, type JobView } from '../../../src/index.ts';
import { eventually } from '../../helpers/eventually.ts';

let controller: Controller;
beforeEach(() => {
  controller = new Controller();
});
afterEach(() => controller.dispose());

test('case 78: five thread jobs run at once over all of a controller, the others are queued', async () => {
  const jobs: Job[] = [];
  for (let n = 0; n < 7; n += 1) {
    const job = await controller.startThread(
      threadSpec(async (_, { signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      }, null),
    );
    jobs.push(job);
  }
  const views = (): Promise<readonly JobView[]> => Promise.all(jobs.map((job) => job.view()));
  const states = async (): Promise<readonly string[]> =>
    (await views()).map(({ children }) => children[0]?.state ?? '');
  await eventually(
    async () => (await states()).filter((state) => state === 'Running').length === 5,
  );
  expect(await states()).toEqual([
    'Running',
    'Running',
    'Running',
    'Running',
    'Running',
    'NotStarted',
    'NotStarted',
  ]);
  // Case 62: a queued one ends at once, and takes no place.
  await jobs[5]?.stop();
  expect((await states())[6]).toBe('NotStarted');
  await jobs[0]?.stop();
  await eventually(async () => (await states())[6] === 'Running');
  expect((await states())[5]).toBe('Stopped');
  await Promise.all(jobs.map((job) => job.stop()));
  expect(new Set(await states())).toEqual(new Set(['Stopped']));
});

test('case 66: a thread job that throws is Failed, with the message', async () => {
  const job = await controller.startThread(() => {
    throw new Error('boom');
  });
  const view = await job.wait();
  expect(view).toMatchObject({ type: 'ThreadJob', state: 'Failed', location: 'localhost' });
  expect(view.children[0]).toMatchObject({
    exitCode: 1,
    failure: { phase: 'run', code: 'exit-code', message: 'boom' },
  });
});
