import { expect, test } from 'vitest';
import { deferred, definition } from '../fakes.ts';
import type { WorkEnd } from '../../../src/model/outcome.ts';
import { aborted, speak, states, texts, untilAborted, untilStates } from '../contract-rig.ts';
import type { SetUp } from '../contract.ts';

export function stopping(setUp: SetUp): void {
  test('cases 52, 60: a stopped job is Stopped on return, and says nothing of it in its records', async () => {
    const { controller } = await setUp(untilAborted);
    const { id } = await controller.start(definition(['a', 'b']));
    await untilStates(controller, id, 'Running', 'Running', 'Running');
    await controller.stop(id, 'a test');
    const job = await controller.job(id);
    expect(job).toMatchObject({ state: 'Stopped', counts: { stopped: 2 } });
    expect(job.children[0]).toMatchObject({ statusMessage: 'stopped by a test', failure: null });
    expect(await texts(controller.receive(id))).toEqual([]);
  });

  test('a queued child is stopped at once, alone, and never begins', async () => {
    const began: string[] = [];
    const { controller } = await setUp((context) => {
      began.push(context.target.name);
      return untilAborted(context);
    });
    const { id } = await controller.start(definition(['a', 'b', 'c'], { fanout: 1 }));
    await untilStates(controller, id, 'Running', 'Running', 'NotStarted', 'NotStarted');
    await controller.stop(id + 2, 'a test');
    expect(await states(controller, id)).toEqual(['Running', 'Running', 'Stopped', 'NotStarted']);
    await controller.stop(id + 1, 'a test');
    await untilStates(controller, id, 'Running', 'Stopped', 'Stopped', 'Running');
    expect(began).toEqual(['a', 'c']);
  });

  test('a job whose children are being stopped is Stopping; stopping it twice is stopping it', async () => {
    const ladder = deferred<void>();
    const { controller } = await setUp(async (context): Promise<WorkEnd> => {
      const end = await aborted(context);
      await ladder.promise;
      return end;
    });
    const { id } = await controller.start(definition(['a', 'b'], { fanout: 1 }));
    await untilStates(controller, id, 'Running', 'Running', 'NotStarted');
    const both = [controller.stop(id, 'one'), controller.stop(id, 'another')];
    await untilStates(controller, id, 'Stopping', 'Stopping', 'Stopped');
    ladder.resolve();
    await Promise.all(both);
    expect(await states(controller, id)).toEqual(['Stopped', 'Stopped', 'Stopped']);
  });

  test('a child stopped alone makes its job Stopped, when the others are done', async () => {
    const gate = deferred<WorkEnd>();
    const { controller } = await setUp((context) =>
      context.target.name === 'a' ? aborted(context) : gate.promise,
    );
    const { id } = await controller.start(definition(['a', 'b']));
    await untilStates(controller, id, 'Running', 'Running', 'Running');
    await controller.stop(id + 1, 'a test');
    expect(await states(controller, id)).toEqual(['Running', 'Stopped', 'Running']);
    gate.resolve({ kind: 'exit', code: 0 });
    expect((await controller.wait(id)).state).toBe('Stopped');
  });

  test('a finished job is left alone, and its output stays', async () => {
    const { controller } = await setUp(speak('one'));
    const { id } = await controller.start(definition(['a']));
    const before = await controller.wait(id);
    await controller.stop(id, 'a test');
    expect(await controller.job(id)).toEqual(before);
    expect(await texts(controller.receive(id))).toEqual(['a one']);
  });

  test('a job that ends by itself after all while it is stopped is Completed', async () => {
    const { controller } = await setUp(async (context) => {
      await aborted(context);
      return { kind: 'exit', code: 0 };
    });
    const { id } = await controller.start(definition(['a']));
    await untilStates(controller, id, 'Running', 'Running');
    await controller.stop(id, 'a test');
    expect(await states(controller, id)).toEqual(['Completed', 'Completed']);
  });
}
