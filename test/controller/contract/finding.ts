import { expect, test } from 'vitest';
import { definition } from '../fakes.ts';
import { ids, query, speak, succeed, texts, untilAborted } from '../contract-rig.ts';
import type { SetUp } from '../contract.ts';

export function finding(setUp: SetUp): void {
  test('without terms all parents are found, by id', async () => {
    const { controller } = await setUp(succeed);
    await controller.start(definition(['a', 'b']));
    await controller.start(definition(['c']));
    expect(await ids(controller, {})).toEqual([1, 4]);
  });

  test('case 41: a job is found by its id, name, instanceId and state, with its data unread', async () => {
    const { controller } = await setUp(speak('hello'));
    const { id, instanceId } = await controller.start(definition(['a'], { name: 'Patch' }));
    await controller.wait(id);
    for (const wanted of [
      { terms: ['1'] },
      { terms: ['patch'] },
      { terms: [instanceId] },
      { terms: [instanceId.toUpperCase()] },
      { states: ['Completed' as const] },
      { terms: ['PAT*'], states: ['Completed' as const] },
    ]) {
      const { jobs, unmatched } = await controller.find(query(wanted));
      expect(jobs).toMatchObject([{ id: 1, name: 'Patch', state: 'Completed', hasMoreData: true }]);
      expect(unmatched).toEqual([]);
    }
  });

  test('case 45: children are found by their own ids and names, as child jobs', async () => {
    const { controller } = await setUp(succeed);
    await controller.start(definition(['a', 'b'], { name: 'up-{host}' }));
    const { jobs } = await controller.find(query({ terms: ['3', 'UP-A', 'u?'] }));
    expect(jobs.map(({ id, parentId }) => [id, parentId])).toEqual([
      [1, null],
      [2, 1],
      [3, 1],
    ]);
    expect(jobs[1]).toMatchObject({ host: 'a', type: '' });
    expect(jobs[0]).toMatchObject({ children: [2, 3] });
  });

  test('a job that several terms name is found once', async () => {
    const { controller } = await setUp(succeed);
    await controller.start(definition(['a'], { name: 'x' }));
    expect(await ids(controller, { terms: ['x', '1', '1', '*', 'X'] })).toEqual([1, 2]);
  });

  test('case 47: a term that names nothing is told, whatever the filters say; a wildcard is not', async () => {
    const { controller } = await setUp(succeed);
    await controller.start(definition(['a'], { name: 'x' }));
    const { jobs, unmatched } = await controller.find(
      query({ terms: ['y', 'x', 'z*', '99'], states: ['Blocked'] }),
    );
    expect(jobs).toEqual([]);
    expect(unmatched).toEqual(['y', '99']);
  });

  test('cases 42, 44: filters combine, for parents and for children', async () => {
    const { controller } = await setUp(async (context) => {
      if (context.target.name === 'runs') return untilAborted(context);
      return speak('hello')(context);
    });
    const first = await controller.start(definition(['a'], { name: 'one' }));
    const second = await controller.start(definition(['a', 'runs'], { name: 'two' }));
    const end = (await controller.wait(first.id)).end ?? 0;
    await controller.wait(second.id + 1);
    await texts(controller.receive(second.id + 1));

    expect(await ids(controller, { before: end + 1 })).toEqual([1]);
    expect(await ids(controller, { before: end })).toEqual([]);
    expect(await ids(controller, { after: end - 1 })).toEqual([1]);
    expect(await ids(controller, { after: end })).toEqual([]);
    expect(await ids(controller, { hasMoreData: true })).toEqual([1, 3]);
    expect(await ids(controller, { terms: ['*'], hasMoreData: false })).toEqual([4]);
    expect(await ids(controller, { terms: ['*'], states: ['Completed'] })).toEqual([1, 2, 4]);
    expect(await ids(controller, { terms: ['o*', 'two'], states: ['Running'] })).toEqual([3]);
    expect(await ids(controller, { newest: 1 })).toEqual([3]);
    expect(await ids(controller, { newest: 1, states: ['Completed'] })).toEqual([1]);
    expect(await ids(controller, { newest: 9 })).toEqual([1, 3]);
  });

  test('the command is matched whole, trimmed and without regard to case', async () => {
    const { controller } = await setUp(succeed);
    const work = { kind: 'scripted', command: '  apt-get Upgrade ' };
    await controller.start(definition(['a'], { work }));
    expect(await ids(controller, { command: 'APT-GET upgrade' })).toEqual([1]);
    expect(await ids(controller, { command: 'apt*' })).toEqual([1]);
    expect(await ids(controller, { command: 'apt' })).toEqual([]);
  });

  test('a numeral names the job of that id rather than one of that name', async () => {
    const { controller } = await setUp(succeed);
    await controller.start(definition(['a'], { name: '3' }));
    await controller.start(definition(['b'], { name: '77' }));
    expect(await ids(controller, { terms: ['3'] })).toEqual([3]);
    expect(await ids(controller, { terms: ['77'] })).toEqual([3]);
  });

  test('a job is told with its children by its own id and by a child’s', async () => {
    const { controller } = await setUp(succeed);
    const { id } = await controller.start(definition(['a', 'b']));
    await controller.wait(id);
    expect(await controller.job(id + 2)).toEqual(await controller.job(id));
    await expect(controller.job(99)).rejects.toMatchObject({ code: 'no-such-job' });
  });
}
