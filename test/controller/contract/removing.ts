import { expect, test } from 'vitest';
import { definition } from '../fakes.ts';
import { ids, speak, states, untilAborted, untilStates } from '../contract-rig.ts';
import type { SetUp } from '../contract.ts';

export function removing(setUp: SetUp): void {
  test('cases 47, 56: a finished job is gone with its children and its records', async () => {
    const { controller } = await setUp(speak('one'));
    const { id } = await controller.start(definition(['a']));
    await controller.wait(id);
    expect((await controller.status()).bytesHeld).toBeGreaterThan(0);
    await controller.remove(id);
    await expect(controller.job(id)).rejects.toMatchObject({ code: 'no-such-job' });
    await expect(controller.job(id + 1)).rejects.toMatchObject({ code: 'no-such-job' });
    expect(await ids(controller, {})).toEqual([]);
    expect(await controller.status()).toMatchObject({ bytesHeld: 0, jobs: { total: 0 } });
    expect((await controller.start(definition(['a']))).id).toBe(3);
  });

  test('case 54: an unfinished job is refused, and goes on', async () => {
    const { controller } = await setUp(untilAborted);
    const { id } = await controller.start(definition(['a']));
    await untilStates(controller, id, 'Running', 'Running');
    await expect(controller.remove(id)).rejects.toMatchObject({
      code: 'job-state',
      message: 'job 1 is not finished (Running)',
      hint: 'stop it first, or use --force',
    });
    expect(await states(controller, id)).toEqual(['Running', 'Running']);
  });

  test('cases 55, 62: force stops it first', async () => {
    const { controller } = await setUp(untilAborted);
    const { id } = await controller.start(definition(['a', 'b'], { fanout: 1 }));
    await untilStates(controller, id, 'Running', 'Running', 'NotStarted');
    await controller.remove(id, { force: true });
    await expect(controller.job(id)).rejects.toMatchObject({ code: 'no-such-job' });
  });

  test('a child is not removed alone, and with force neither removed nor stopped', async () => {
    const { controller } = await setUp(untilAborted);
    const { id } = await controller.start(definition(['a']));
    await untilStates(controller, id, 'Running', 'Running');
    for (const force of [false, true]) {
      await expect(controller.remove(id + 1, { force })).rejects.toMatchObject({
        code: 'job-state',
        message: 'a child job cannot be removed alone',
      });
    }
    expect(await states(controller, id)).toEqual(['Running', 'Running']);
  });
}
