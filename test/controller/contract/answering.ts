import { expect, test } from 'vitest';
import type { JobDefinition } from '../../../src/model/definition.ts';
import { definition } from '../fakes.ts';
import { aborted, say, states, texts, untilStates, type Rig, type Run } from '../contract-rig.ts';
import type { SetUp } from '../contract.ts';

export function answering(setUp: SetUp): void {
  const connects: Run = async (context) => {
    await context.connect();
    say(context, 'in');
    return { kind: 'exit', code: 0 };
  };

  /** Every login needs a passphrase, which is `open sesame`. */
  function locked({ transport }: Rig, key: (host: string) => string = () => 'key'): void {
    transport.unlockWith = async ({ ask, target }) => {
      if (ask === null) throw new Error('nobody can be asked');
      for (let answer = ''; answer !== 'open sesame';) {
        answer = await ask({
          key: key(target.name),
          text: `passphrase of ${key(target.name)}`,
          secret: true,
        });
      }
    };
  }

  function asking(hosts: readonly string[], changes: Partial<JobDefinition> = {}): JobDefinition {
    const made = definition(hosts, changes);
    return { ...made, access: { ...made.access, prompt: 'when-needed' } };
  }

  test('children that need the same answer are Blocked by one question, and go on once it is answered', async () => {
    const rig = await setUp(connects);
    locked(rig);
    const { controller } = rig;
    const { id } = await controller.start(asking(['a', 'b']));
    await untilStates(controller, id, 'Blocked', 'Blocked', 'Blocked');
    const [a, b] = (await controller.job(id)).children;
    expect(a).toMatchObject({
      question: { text: 'passphrase of key', secret: true },
      statusMessage: 'asks: passphrase of key',
    });
    expect(b?.question).toEqual(a?.question);
    await controller.answer(id, a?.question?.id ?? '', 'open sesame');
    expect(await controller.wait(id)).toMatchObject({
      state: 'Completed',
      children: [{ question: null, statusMessage: null }, { question: null }],
    });
  });

  test('a question whose answer is of no use any more is taken back, and cannot be answered', async () => {
    const rig = await setUp(connects);
    const over = new AbortController();
    rig.transport.unlockWith = async ({ ask }) => {
      const question = { key: 'code', text: 'code', secret: true, signal: over.signal };
      await ask?.(question).catch(() => undefined);
    };
    const { controller } = rig;
    const { id } = await controller.start(asking(['a']));
    await untilStates(controller, id, 'Blocked', 'Blocked');
    const questionId = (await controller.job(id)).children[0]?.question?.id ?? '';
    over.abort(new Error('the host has gone'));
    await untilStates(controller, id, 'Completed', 'Completed');
    expect(await controller.job(id)).toMatchObject({
      children: [{ question: null, statusMessage: null }],
    });
    await expect(controller.answer(id, questionId, '123')).rejects.toMatchObject({
      code: 'job-state',
    });
  });

  test('waiting for a job that is Blocked says so at once, also for one that gets so', async () => {
    const rig = await setUp(connects);
    locked(rig);
    const { controller } = rig;
    const { id } = await controller.start(asking(['a']));
    expect((await controller.wait(id, { until: 'finished' })).state).toBe('Blocked');
    expect((await controller.wait(id)).state).toBe('Blocked');
    expect((await controller.wait(id + 1)).state).toBe('Blocked');
  });

  test('receiving from a Blocked job neither waits nor answers', async () => {
    const rig = await setUp(connects);
    locked(rig);
    const { controller } = rig;
    const { id } = await controller.start(asking(['a']));
    await controller.wait(id);
    expect(await texts(controller.receive(id))).toEqual([]);
    expect(await states(controller, id)).toEqual(['Blocked', 'Blocked']);
  });

  test('a wrong answer is followed by another question; the first cannot be answered again', async () => {
    const rig = await setUp(connects);
    locked(rig);
    const { controller } = rig;
    const { id } = await controller.start(asking(['a']));
    const first = (await controller.wait(id)).children[0]?.question?.id ?? '';
    await controller.answer(id, first, 'wrong');
    await untilStates(controller, id, 'Blocked', 'Blocked');
    const second = (await controller.job(id)).children[0]?.question?.id ?? '';
    expect(second).not.toBe(first);
    await expect(controller.answer(id, first, 'open sesame')).rejects.toMatchObject({
      code: 'job-state',
    });
    await controller.answer(id, second, 'open sesame');
    expect((await controller.wait(id)).state).toBe('Completed');
  });

  test('different questions are answered apart, each also by the id of a child that asks it', async () => {
    const rig = await setUp(connects);
    locked(rig, (host) => `key of ${host}`);
    const { controller } = rig;
    const { id } = await controller.start(asking(['a', 'b']));
    await untilStates(controller, id, 'Blocked', 'Blocked', 'Blocked');
    const [a, b] = (await controller.job(id)).children.map(({ question }) => question?.id ?? '');
    await expect(controller.answer(id + 2, a ?? '', 'open sesame')).rejects.toMatchObject({
      code: 'job-state',
    });
    await controller.answer(id + 1, a ?? '', 'open sesame');
    await untilStates(controller, id, 'Blocked', 'Completed', 'Blocked');
    await controller.answer(id, b ?? '', 'open sesame');
    expect((await controller.wait(id)).state).toBe('Completed');
  });

  test('a Blocked child is stopped', async () => {
    const rig = await setUp(connects);
    locked(rig);
    const { controller } = rig;
    const { id } = await controller.start(asking(['a', 'b']));
    await untilStates(controller, id, 'Blocked', 'Blocked', 'Blocked');
    const question = (await controller.job(id)).children[0]?.question?.id ?? '';
    await controller.stop(id + 1, 'a test');
    expect(await states(controller, id)).toEqual(['Blocked', 'Stopped', 'Blocked']);
    await controller.answer(id, question, 'open sesame');
    expect(await states(controller, id)).toContain('Stopped');
    expect((await controller.wait(id)).children[1]?.state).toBe('Completed');
  });

  test('a Blocked child cannot be suspended, and is told with the reason', async () => {
    const rig = await setUp(connects);
    locked(rig);
    const { controller } = rig;
    const { id } = await controller.start(asking(['a']));
    await controller.wait(id);
    await expect(controller.suspend(id)).rejects.toMatchObject({
      code: 'job-state',
      message: 'cannot be suspended: a (it waits for an answer)',
    });
    expect(await states(controller, id)).toEqual(['Blocked', 'Blocked']);
  });

  test('nobody is asked where the job does not prompt', async () => {
    const rig = await setUp(connects);
    locked(rig);
    const { id } = await rig.controller.start(definition(['a']));
    expect((await rig.controller.wait(id)).children[0]).toMatchObject({ state: 'Failed' });
  });

  test('an answer that nobody waits for is refused', async () => {
    const { controller } = await setUp(aborted);
    const { id } = await controller.start(definition(['a']));
    await expect(controller.answer(id, 'no-such-question', 'x')).rejects.toMatchObject({
      code: 'job-state',
    });
  });
}
