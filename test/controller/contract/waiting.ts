import { expect, test } from 'vitest';
import { deferred, definition } from '../fakes.ts';
import { aborted, halting, speak, texts, untilAborted, untilStates } from '../contract-rig.ts';
import type { SetUp } from '../contract.ts';

export function waiting(setUp: SetUp): void {
  test('cases 19, 22: it resolves when the job is finished, with its data unread; and at once afterwards', async () => {
    const gate = deferred<void>();
    const { controller } = await setUp(async (context) => {
      await gate.promise;
      return speak('hello')(context);
    });
    const { id } = await controller.start(definition(['a']));
    const waited = controller.wait(id);
    gate.resolve();
    for (const job of [await waited, await controller.wait(id)]) {
      expect(job).toMatchObject({ id, state: 'Completed', hasMoreData: true });
    }
    expect(await texts(controller.receive(id))).toEqual(['a hello']);
  });

  test('case 20: an aborted wait rejects with the reason, and the job goes on', async () => {
    const { controller } = await setUp(untilAborted);
    const { id } = await controller.start(definition(['a']));
    const abort = new AbortController();
    const waited = controller.wait(id, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(waited).rejects.toThrow('enough');
    expect((await controller.job(id)).state).toBe('Running');
  });

  test('a child is waited for alone, and the view is its parent’s', async () => {
    const { controller } = await setUp(async (context) =>
      context.target.name === 'a' ? speak('hello')(context) : aborted(context),
    );
    const { id } = await controller.start(definition(['a', 'b']));
    const job = await controller.wait(id + 1);
    expect(job.id).toBe(id);
    expect(job.children.map(({ state }) => state)).toEqual(['Completed', 'Running']);
  });

  test('a suspended job ends a wait until it is persistent, and not one until it is finished', async () => {
    const { controller } = await setUp((context) => {
      context.suspendable(halting([], 'a'));
      return aborted(context);
    });
    const { id } = await controller.start(definition(['a']));
    await untilStates(controller, id, 'Running', 'Running');
    const persistent = controller.wait(id);
    const finished = controller.wait(id, { until: 'finished' });
    await controller.suspend(id);
    expect((await persistent).state).toBe('Suspended');
    await controller.stop(id, 'a test');
    expect((await finished).state).toBe('Stopped');
  });

  test('a job that cannot be, a child that cannot be: no such job', async () => {
    const { controller } = await setUp(untilAborted);
    await expect(controller.wait(7)).rejects.toMatchObject({ code: 'no-such-job' });
    await expect(controller.stop(7, 'a test')).rejects.toMatchObject({ code: 'no-such-job' });
    await expect(controller.suspend(7)).rejects.toMatchObject({ code: 'no-such-job' });
    await expect(controller.resume(7)).rejects.toMatchObject({ code: 'no-such-job' });
    await expect(controller.remove(7)).rejects.toMatchObject({ code: 'no-such-job' });
    await expect(controller.answer(7, 'x', 'y')).rejects.toMatchObject({ code: 'no-such-job' });
    const rerun = controller.rerun({ id: 7, hosts: ['failed'], agent: null });
    await expect(rerun).rejects.toMatchObject({ code: 'no-such-job' });
    await expect((async () => texts(controller.receive(7)))()).rejects.toMatchObject({
      code: 'no-such-job',
    });
    await expect(
      (async () => {
        for await (const event of controller.follow(7)) expect(event).toBeUndefined();
      })(),
    ).rejects.toMatchObject({ code: 'no-such-job' });
  });
}
