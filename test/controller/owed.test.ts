import { describe, expect, test } from 'vitest';
import { InProcessController } from '../../src/controller/controller.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { RecoveredChild, RecoveredJob } from '../../src/model/ports/journal.ts';
import type { WorkContext, WorkKind } from '../../src/model/ports/work.ts';
import { createResultStore } from '../../src/results/result-store.ts';
import {
  definition,
  failure,
  FakeClock,
  FakeTransport,
  journalOf,
  scripted,
  settled,
} from './fakes.ts';

interface Rig {
  readonly clock: FakeClock;
  readonly controller: InProcessController;
  readonly transport: FakeTransport;
  /** `forgotten ID`, `removed ID owing ID,...` */
  readonly written: string[];
  /** Instance ids of those whose hosts were asked to forget. */
  readonly asked: string[];
}

/** A controller whose hosts are all there, but for those in `away`. */
function rig(run: (context: WorkContext) => Promise<never>, away: readonly string[] = []): Rig {
  const clock = new FakeClock();
  const [written, asked]: [string[], string[]] = [[], []];
  const journal = journalOf({
    forgotten: (id) => void written.push(`forgotten ${id}`),
    removed: (id, owing = []) => void written.push(`removed ${id} owing ${owing.join()}`),
  });
  const kind: WorkKind = {
    ...scripted(run),
    canBeDurable: () => true,
    forget: async (_, context) => {
      await context.connect();
      asked.push(context.instanceId);
      return null;
    },
  };
  const transport = new FakeTransport(({ target }) =>
    away.includes(target.name)
      ? Promise.reject(failure('refused'))
      : Promise.resolve(transport.connection(target)),
  );
  const controller = new InProcessController({
    clock,
    transport,
    results: createResultStore(),
    kinds: [kind],
    loginSlots: 8,
    journal,
    random: () => 0.5,
  });
  return { clock, controller, transport, written, asked };
}

const never = (): Promise<never> => Promise.reject(new Error('not to be run'));

function outcome(state: 'Completed' | 'Stopped'): Outcome {
  const none = { signal: null, failure: null, statusMessage: null, endConfirmed: null };
  return { state, exitCode: 0, ...none };
}

const ENDED: RecoveredChild = {
  begun: 1,
  ended: {
    outcome: outcome('Completed'),
    begin: 1,
    end: 2,
    attempts: 1,
    bytes: { output: 0, error: 0 },
    data: {},
    places: { output: 0, error: 0 },
    isRead: true,
  },
  taken: null,
  stood: null,
  stopping: null,
  isForgotten: false,
};

function recovered(
  children: readonly RecoveredChild[],
  owing: readonly number[] | null = null,
): RecoveredJob {
  const names = children.map((_, index) => `h${index}`);
  return {
    id: 7,
    instanceId: 'job',
    rerunOf: null,
    note: null,
    begin: 1,
    missing: null,
    owing,
    definition: definition(names, { durable: true }),
    instanceIds: names.map((name) => `of ${name}`),
    children,
  };
}

describe('what an earlier controller has left on hosts', () => {
  test('is seen to: of those that had ended, were received, and were not forgotten', async () => {
    const { controller, clock, asked, written } = rig(never);
    const unbegun = { ...ENDED, begun: null };
    await controller.restore(recovered([ENDED, { ...ENDED, isForgotten: true }, unbegun]));
    await clock.advance(1_000);
    expect([asked, written]).toEqual([['of h0'], ['forgotten 8']]);
  });

  test('is seen to where the job was removed, which is there no more', async () => {
    const { controller, clock, asked, written } = rig(never);
    await controller.restore(recovered([ENDED, ENDED], [9]));
    await clock.advance(1_000);
    expect([asked, written]).toEqual([['of h1'], ['forgotten 9']]);
    await expect(controller.job(7)).rejects.toMatchObject({ code: 'no-such-job' });
    expect((await controller.status()).forgetting).toBe(0);
  });
});

describe('a durable job that is removed', () => {
  test('while a host is away is owed to that host, and written down', async () => {
    const { controller, clock, written, asked } = rig(never, ['h1']);
    await controller.restore(recovered([ENDED, ENDED]));
    await settled();
    await controller.remove(7);
    await clock.advance(1_000);
    expect(asked).toEqual(['of h0']);
    expect(written).toEqual(['removed 7 owing 8,9', 'forgotten 8']);
    expect((await controller.status()).forgetting).toBe(1);
    const over = controller.dispose();
    await clock.advance(3_000);
    await over;
    expect(written).toHaveLength(2);
  });

  test('and never began anything owes nothing', async () => {
    const { controller, clock, written } = rig(() => Promise.reject(failure('refused')));
    const { id } = await controller.start(definition(['a'], { durable: true }));
    await clock.advance(100);
    await controller.remove(id);
    expect(written).toEqual([`forgotten ${id + 1}`, `removed ${id} owing `]);
  });
});

test('a controller that ends leaves what it owes to the next one, of jobs that are not kept too', async () => {
  const { controller, clock, written } = rig(never, ['h0']);
  await controller.restore(recovered([ENDED]));
  const left = controller.detach();
  await clock.advance(3_000);
  expect(await left).toEqual([]);
  expect(written).toEqual(['removed 7 owing 8']);
});

test('of a command that was sent its host is asked to forget it, but not where contact was lost for good', async () => {
  for (const isLost of [false, true]) {
    const { controller, clock, asked, written, transport } = rig(async (context) => {
      await context.connect();
      await context.go();
      context.started();
      transport.connectWith = () => Promise.reject(failure('host-key-changed'));
      if (isLost) await context.reconnect('cut');
      throw new Error('its own');
    });
    const { id } = await controller.start(definition(['a'], { durable: true }));
    await clock.advance(2_000);
    const { children } = await controller.job(id);
    expect(children[0]?.failure?.code).toBe(isLost ? 'lost' : 'internal');
    expect([asked.length, written]).toEqual([isLost ? 0 : 1, [`forgotten ${id + 1}`]]);
    await controller.dispose();
  }
});
