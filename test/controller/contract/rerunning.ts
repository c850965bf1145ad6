import { expect, test } from 'vitest';
import type { HostResult } from '../../../src/model/ports/controller.ts';
import { definition, failure } from '../fakes.ts';
import { aborted, succeed, untilStates, type Run } from '../contract-rig.ts';
import type { SetUp } from '../contract.ts';

export function rerunning(setUp: SetUp): void {
  const mixed: Run = async (context) => {
    switch (context.target.name) {
      case 'good':
        return { kind: 'exit', code: 0 };
      case 'bad':
        return { kind: 'exit', code: 1 };
      case 'gone':
        throw failure('auth-denied');
      case 'slow':
        context.started();
        return aborted(context);
      default:
        return { kind: 'exit', code: 0 };
    }
  };
  const HOSTS = ['good', 'bad', 'gone', 'slow', 'late'];
  const RESULTS: readonly HostResult[] = [
    'completed',
    'failed',
    'unreachable',
    'stopped',
    'never-started',
  ];

  test('each host came out as one of five, and is run again by that', async () => {
    const { controller } = await setUp(mixed);
    const { id } = await controller.start(definition(HOSTS, { fanout: 1 }));
    await untilStates(
      controller,
      id,
      'Running',
      'Completed',
      'Failed',
      'Failed',
      'Running',
      'NotStarted',
    );
    await controller.stop(id, 'a test');
    for (const [index, result] of RESULTS.entries()) {
      const again = await controller.rerun({ id, hosts: [result], agent: null });
      expect(again).toMatchObject({
        rerunOf: id,
        location: HOSTS[index],
        statusMessage: 'rerun of job 1 on 1 of its 5 hosts',
      });
      await controller.stop(again.id, 'a test');
    }
    const most = await controller.rerun({ id, hosts: ['failed', 'completed'], agent: null });
    expect(most.location).toBe('good,bad');
  });

  test('it is the same work in every respect, with the items of those hosts and the agent of now', async () => {
    const seen: (string | null)[] = [];
    const { controller, transport } = await setUp(async (context) => {
      await context.connect();
      seen.push(context.item);
      return { kind: 'exit', code: context.item === 'y' ? 1 : 0 };
    });
    const work = { kind: 'scripted', command: 'do' };
    const { id } = await controller.start(
      definition(['a', 'a', 'b'], { items: ['x', 'y', 'z'], name: 'each', work }),
    );
    await controller.wait(id);
    const again = await controller.rerun({ id, hosts: ['failed'], agent: '/run/agent' });
    expect(again).toMatchObject({ name: 'each', command: 'do', children: [{ item: 'y' }] });
    await controller.wait(again.id);
    expect(seen).toEqual(['x', 'y', 'z', 'y']);
    expect(transport.requests.map(({ access }) => access.agent)).toEqual([
      null,
      null,
      null,
      '/run/agent',
    ]);
  });

  test('a child’s id means its host alone', async () => {
    const { controller } = await setUp(succeed);
    const { id } = await controller.start(definition(['a', 'b']));
    await controller.wait(id);
    const again = await controller.rerun({ id: id + 2, hosts: ['completed'], agent: null });
    expect(again).toMatchObject({ location: 'b', rerunOf: id });
  });

  test('an unfinished job is not run again, nor one without such a host', async () => {
    const { controller } = await setUp(mixed);
    const { id } = await controller.start(definition(['good', 'slow']));
    const rerun = controller.rerun({ id, hosts: ['completed'], agent: null });
    await expect(rerun).rejects.toMatchObject({ code: 'job-state' });
    await controller.stop(id, 'a test');
    const none = controller.rerun({ id, hosts: ['unreachable'], agent: null });
    await expect(none).rejects.toMatchObject({ code: 'empty-selection' });
  });
}
