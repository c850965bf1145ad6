import { expect, test } from 'vitest';
import type { JobDefinition } from '../../../src/model/definition.ts';
import { NO_ROLLOUT, type Rollout } from '../../../src/model/rollout.ts';
import { definition, failure } from '../fakes.ts';
import { states, succeed, untilAborted, untilStates, type Rig, type Run } from '../contract-rig.ts';
import type { SetUp } from '../contract.ts';

export function rollingOut(setUp: SetUp): void {
  const one = { kind: 'count', count: 1 } as const;

  function careful(
    hosts: readonly string[],
    rollout: Partial<Rollout>,
    changes: Partial<JobDefinition> = {},
  ): JobDefinition {
    const made = definition(hosts, changes);
    const access = { ...made.access, prompt: 'when-needed' } as const;
    return { ...made, access, rollout: { ...NO_ROLLOUT, batches: [one], ...rollout } };
  }

  async function answer({ controller }: Rig, id: number, text: string): Promise<void> {
    const asking = (await controller.job(id)).children.find(({ question }) => question !== null);
    await controller.answer(id, asking?.question?.id ?? '', text);
  }

  /** Work that succeeds, and remembers where it was done. */
  function noting(done: string[]): Run {
    return (context) => {
      done.push(context.target.name);
      return succeed(context);
    };
  }

  test('a child of the next batch asks whether to go on; yes lets its batch begin, no skips the rest', async () => {
    const done: string[] = [];
    const rig = await setUp(noting(done));
    const { controller } = rig;
    const { id } = await controller.start(careful(['a', 'b', 'c', 'd'], { confirm: true }));
    await untilStates(
      controller,
      id,
      'Blocked',
      'Completed',
      'Blocked',
      'NotStarted',
      'NotStarted',
    );
    const asking = await controller.job(id);
    expect(asking).toMatchObject({
      statusMessage: 'asks: go on with batch 2 of 4 (1 host)? y/n',
      children: [{}, { question: { secret: false, isOfJob: true } }, {}, {}],
    });
    await answer(rig, id, 'perhaps');
    await untilStates(
      controller,
      id,
      'Blocked',
      'Completed',
      'Blocked',
      'NotStarted',
      'NotStarted',
    );
    expect((await controller.job(id)).statusMessage).toContain('answer y or n: go on with batch 2');
    await answer(rig, id, ' Yes\n');
    await untilStates(controller, id, 'Blocked', 'Completed', 'Completed', 'Blocked', 'NotStarted');
    expect(done).toEqual(['a', 'b']);
    await answer(rig, id, 'n');
    const job = await controller.wait(id);
    expect(job).toMatchObject({
      state: 'Stopped',
      statusMessage: 'stopped before batch 3 of 4: the answer was no; 2 hosts were not begun',
      counts: { completed: 2, stopped: 2 },
    });
    for (const child of job.children.slice(2)) {
      expect(child).toMatchObject({ failure: { code: 'skipped' }, begin: null, attempts: 0 });
    }
    expect(done).toEqual(['a', 'b']);
    const again = await controller.rerun({ id, hosts: ['never-started'], agent: null });
    expect(again.location).toBe('c,d');
    await controller.stop(again.id, 'a test');
  });

  test('where the child that asks is stopped, another one of its batch asks', async () => {
    const done: string[] = [];
    const rig = await setUp(noting(done));
    const { controller } = rig;
    const two = { kind: 'count', count: 2 } as const;
    const { id } = await controller.start(
      careful(['a', 'b', 'c'], { confirm: true, batches: [one, two] }),
    );
    await untilStates(controller, id, 'Blocked', 'Completed', 'Blocked', 'NotStarted');
    await controller.stop(id + 2, 'a test');
    await untilStates(controller, id, 'Blocked', 'Completed', 'Stopped', 'Blocked');
    await answer(rig, id, 'y');
    await controller.wait(id);
    expect(done).toEqual(['a', 'c']);
  });

  test('a job suspended in a question is asked for when it is resumed, by one that is not suspended', async () => {
    const rig = await setUp(succeed);
    const { controller } = rig;
    const { id } = await controller.start(careful(['a', 'b', 'c'], { confirm: true, pauseMs: 20 }));
    // Whether that comes before the question or after it is a matter of time; after it, the one that asks is not suspended.
    await untilStates(controller, id, 'Running', 'Completed', 'NotStarted', 'NotStarted');
    await controller.suspend(id).catch(() => undefined);
    await controller.resume(id).catch(() => undefined);
    await untilStates(controller, id, 'Blocked', 'Completed', 'Blocked', 'NotStarted');
    await answer(rig, id, 'no');
    expect((await controller.wait(id)).state).toBe('Stopped');
  });

  test.each(['stopped', 'removed'] as const)(
    'a job that is %s in a question or in a rest ends at once',
    async (how) => {
      const { controller } = await setUp(succeed);
      const asks = careful(['a', 'b', 'c'], { confirm: true });
      const rests = careful(['a', 'b', 'c'], { pauseMs: 3_600_000 });
      for (const [made, state] of [
        [asks, 'Blocked'],
        [rests, 'NotStarted'],
      ] as const) {
        const { id } = await controller.start(made);
        const parent = state === 'Blocked' ? 'Blocked' : 'Running';
        await untilStates(controller, id, parent, 'Completed', state, 'NotStarted');
        if (how === 'removed') {
          await controller.remove(id, { force: true });
          await expect(controller.job(id)).rejects.toMatchObject({ code: 'no-such-job' });
        } else {
          await controller.stop(id, 'a test');
          expect(await states(controller, id)).toEqual([
            'Stopped',
            'Completed',
            'Stopped',
            'Stopped',
          ]);
        }
      }
    },
  );

  test('too many failures skip what has not begun, and, with kill, stop what runs', async () => {
    const { controller } = await setUp((context) =>
      context.target.name === 'b' ? Promise.reject(failure('refused')) : untilAborted(context),
    );
    const all = careful(
      ['a', 'b', 'c', 'd'],
      { batches: [], maxFailures: { kind: 'count', count: 0 }, kill: true },
      { fanout: 2 },
    );
    const { id } = await controller.start(all);
    const job = await controller.wait(id);
    expect(job.children.map(({ state, failure: why }) => [state, why?.code])).toEqual([
      ['Stopped', undefined],
      ['Failed', 'refused'],
      ['Stopped', 'skipped'],
      ['Stopped', 'skipped'],
    ]);
    expect(job.state).toBe('Failed');
    const again = await controller.rerun({ id, hosts: ['never-started'], agent: null });
    expect(again.location).toBe('c,d');
    await controller.stop(again.id, 'a test');
  });

  test('C25: where the first logins all fail alike the rest is skipped', async () => {
    const { controller, transport } = await setUp(async (context) => {
      await context.connect();
      return { kind: 'exit', code: 0 };
    });
    transport.connectWith = () => Promise.reject(failure('host-key-unknown'));
    const hosts = Array.from({ length: 50 }, (_, at) => `h${at}`);
    const { id } = await controller.start(definition(hosts, { fanout: 2 }));
    const job = await controller.wait(id);
    expect(job.statusMessage).toMatch(
      /^stopped: the first 8 logins all failed with host-key-unknown;/u,
    );
    expect(job.counts.stopped).toBeGreaterThan(30);
  });

  test('with nobody to ask, a job that would ask is not begun', async () => {
    const { controller } = await setUp(succeed);
    const made = careful(['a', 'b'], { confirm: true });
    const alone = { ...made, access: { ...made.access, prompt: 'never' } as const };
    await expect(controller.start(alone)).rejects.toMatchObject({ code: 'usage' });
  });

  test.each([
    [{ batches: [{ kind: 'count', count: 0 }] }],
    [{ batches: [{ kind: 'percent', percent: 101 }] }],
    [{ maxFailures: { kind: 'count', count: -1 } }],
    [{ pauseMs: -1 }],
    [{ splayMs: -1 }],
  ] as const)('a rollout that makes no sense is refused: %j', async (rollout) => {
    const { controller } = await setUp(succeed);
    await expect(controller.start(careful(['a'], rollout))).rejects.toMatchObject({
      code: 'usage',
    });
  });
}
