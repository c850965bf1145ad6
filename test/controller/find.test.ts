import { expect, test } from 'vitest';
import { definition } from './fakes.ts';
import { hostedOnFakes, ids, query, succeed } from './contract-rig.ts';

test('among 10,000 jobs a query is answered in less than 100 ms of processor time', async () => {
  const [controller] = hostedOnFakes(succeed);
  const made = definition(['a', 'b'], { name: 'nightly-{host}' });
  for (let count = 0; count < 10_000; count += 1) await controller.start(made);
  await controller.wait(29_998);
  const asked = [
    query({}),
    query({ hasMoreData: true }),
    query({ terms: ['nightly-B'], newest: 5 }),
    query({ terms: ['n*ly'], states: ['Completed'], command: '*script*' }),
  ];
  for (const one of asked) await controller.find(one);
  for (const one of asked) {
    const before = process.cpuUsage();
    await controller.find(one);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(100);
  }
  expect(await ids(controller, { newest: 2 })).toHaveLength(2);
  await controller.dispose();
});
