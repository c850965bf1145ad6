import { expect, test } from 'vitest';
import { CommandTime } from '../../src/controller/command-time.ts';
import { NOTHING_KNOWN } from '../../src/controller/restored-child.ts';
import { InProcessController } from '../../src/controller/controller.ts';
import { createResultStore } from '../../src/results/result-store.ts';
import { aborted } from './contract-rig.ts';
import { definition, FakeClock, FakeTransport, scripted } from './fakes.ts';

test('the time of a command stands still while it is halted, and that is known', async () => {
  const clock = new FakeClock();
  const time = new CommandTime(clock, { ms: 0, since: null });
  let over = 0;
  time.limit(1000, () => (over += 1));
  await clock.advance(600);
  expect(time.stand(true)).toEqual({ ms: 0, since: clock.now() });
  expect(time.stand(true)).toBeNull();
  await clock.advance(5_000);
  expect([time.stoodMs, over]).toEqual([5_000, 0]);
  expect(time.stand(false)).toEqual({ ms: 5_000, since: null });
  await clock.advance(399);
  expect([time.stoodMs, over]).toEqual([5_000, 0]);
  await clock.advance(1);
  expect(over).toBe(1);
});

test.each([
  ['and went on', { ms: 40_000, since: null }, 60_000],
  ['and is, since 50 s', { ms: 10_000, since: 50_000 }, 80_000],
  ['never', null, 20_000],
] as const)(
  'what an earlier controller has let stand still is no part of the limit: it was halted %s',
  async (_, stood, leftMs) => {
    const clock = new FakeClock();
    const begun = clock.now();
    await clock.advance(100_000);
    const controller = new InProcessController({
      clock,
      transport: new FakeTransport(),
      results: createResultStore(),
      kinds: [
        {
          ...scripted(async (context) => {
            await context.reconnect('its controller has ended');
            context.started();
            return aborted(context);
          }),
          canBeDurable: () => true,
        },
      ],
      loginSlots: 8,
      journal: null,
      random: () => 0.5,
    });
    const since = stood?.since ?? null;
    await controller.restore({
      id: 1,
      instanceId: 'job',
      rerunOf: null,
      note: null,
      begin: begun,
      missing: null,
      owing: null,
      definition: definition(['a'], { durable: true, timeoutMs: 120_000 }),
      instanceIds: ['child'],
      children: [
        {
          ...NOTHING_KNOWN,
          begun,
          stood: stood && { ms: stood.ms, since: since && begun + since },
        },
      ],
    });
    await clock.advance(1_000);
    expect((await controller.job(1)).state).toBe('Running');
    // Coming back took less than a second of it.
    await clock.advance(leftMs - 2_000);
    expect((await controller.job(1)).state).toBe('Running');
    await clock.advance(2_000);
    expect((await controller.job(1)).children[0]?.failure?.code).toBe('timeout');
    await controller.dispose();
  },
);
