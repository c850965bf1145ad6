import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InProcessController } from '../../src/controller/controller.ts';
import { Suspension } from '../../src/controller/suspension.ts';
import { assertTransition, type JobState } from '../../src/model/state.ts';
import type { Suspendable } from '../../src/model/ports/work.ts';
import { createResultStore } from '../../src/results/result-store.ts';
import { deferred, definition, FakeClock, FakeTransport, scripted, settled } from './fakes.ts';
import { aborted, halting, states } from './contract-rig.ts';

describe('a suspension', () => {
  test('brings the work to what was asked for last, never calls it twice at once, and answers everybody', async () => {
    const requests = fc.array(fc.constantFrom('suspend', 'resume', 'answer', 'begin'), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(requests, async (steps) => {
        let state: JobState = 'Running';
        const { signal } = new AbortController();
        const suspension = new Suspension({
          signal,
          get state() {
            return state;
          },
          enter: (to) => {
            assertTransition(state, to);
            state = to;
          },
        });
        const called: { pending: (() => void) | null } = { pending: null };
        let isHalted = false;
        const call = (halts: boolean): Promise<null> => {
          expect(called.pending).toBeNull();
          expect(isHalted).toBe(!halts);
          return new Promise((resolve) => {
            called.pending = () => {
              called.pending = null;
              isHalted = halts;
              resolve(null);
            };
          });
        };
        const work: Suspendable = { suspend: () => call(true), resume: () => call(false) };
        const answers: Promise<string | null>[] = [];
        let wanted = false;
        for (const step of steps) {
          if (step === 'begin') suspension.register(work);
          else if (step === 'answer') called.pending?.();
          else {
            wanted = step === 'suspend';
            answers.push(wanted ? suspension.suspend() : suspension.resume());
          }
          await settled();
        }
        suspension.register(work);
        await settled();
        while (called.pending !== null) {
          called.pending();
          await settled();
        }
        expect(state).toBe(wanted ? 'Suspended' : 'Running');
        expect(isHalted).toBe(wanted);
        expect((await Promise.all(answers)).every((answer) => answer === null)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('what it is told by work that throws is a refusal', async () => {
    let state: JobState = 'Running';
    const suspension = new Suspension({
      signal: new AbortController().signal,
      get state() {
        return state;
      },
      enter: (to) => {
        state = to;
      },
    });
    suspension.register({
      suspend: () => Promise.reject(new Error('lost\nit')),
      resume: () => Promise.resolve(null),
    });
    expect(await suspension.suspend()).toBe('lost it');
    expect(state).toBe('Running');
  });
});

describe('the time limit of a command', () => {
  test('stands still while the command is halted', async () => {
    const clock = new FakeClock();
    const begun = deferred<void>();
    const controller = new InProcessController({
      clock,
      transport: new FakeTransport(),
      results: createResultStore(),
      kinds: [
        scripted((context) => {
          context.suspendable(halting([], 'a'));
          context.started();
          begun.resolve();
          return aborted(context);
        }),
      ],
      loginSlots: 64,
      journal: null,
      random: Math.random,
    });
    const { id } = await controller.start(definition(['a'], { timeoutMs: 1000 }));
    await clock.advance(0);
    await begun.promise;
    await clock.advance(900);
    await controller.suspend(id);
    await clock.advance(60_000);
    expect(await states(controller, id)).toEqual(['Suspended', 'Suspended']);
    await controller.resume(id);
    await clock.advance(99);
    expect(await states(controller, id)).toEqual(['Running', 'Running']);
    await clock.advance(1);
    expect((await controller.job(id)).children[0]).toMatchObject({
      state: 'Failed',
      failure: { code: 'timeout' },
    });
    await controller.dispose();
  });

  test('stands still also while contact with a halted command is lost', async () => {
    const clock = new FakeClock();
    const [cut, told] = [deferred<void>(), [] as string[]];
    const controller = new InProcessController({
      clock,
      transport: new FakeTransport(),
      results: createResultStore(),
      kinds: [
        {
          ...scripted(async (context) => {
            await context.connect();
            context.started();
            context.suspendable(halting(told, 'a'));
            await cut.promise;
            await context.reconnect('cut');
            context.suspendable(halting(told, 'b'), true);
            return aborted(context);
          }),
          canBeDurable: () => true,
        },
      ],
      loginSlots: 64,
      journal: null,
      random: () => 0.5,
    });
    const { id } = await controller.start(definition(['a'], { timeoutMs: 10_000, durable: true }));
    await clock.advance(9_900);
    await controller.suspend(id);
    cut.resolve();
    await settled();
    expect(await states(controller, id)).toEqual(['Disconnected', 'Disconnected']);
    await clock.advance(60_000);
    expect(await states(controller, id)).toEqual(['Suspended', 'Suspended']);
    await controller.resume(id);
    expect(told).toEqual(['a halted', 'b goes on']);
    await clock.advance(99);
    expect(await states(controller, id)).toEqual(['Running', 'Running']);
    await clock.advance(1);
    expect((await controller.job(id)).children[0]?.failure?.code).toBe('timeout');
    await controller.dispose();
  });

  test('that is over while the command is being halted ends it, as Running', async () => {
    const clock = new FakeClock();
    const ladder = deferred<void>();
    const controller = new InProcessController({
      clock,
      transport: new FakeTransport(),
      results: createResultStore(),
      kinds: [
        scripted(async (context) => {
          context.suspendable({
            suspend: () => new Promise(() => undefined),
            resume: () => Promise.resolve(null),
          });
          context.started();
          const end = await aborted(context);
          await ladder.promise;
          return end;
        }),
      ],
      loginSlots: 64,
      journal: null,
      random: Math.random,
    });
    const { id } = await controller.start(definition(['a'], { timeoutMs: 1000 }));
    await clock.advance(0);
    const suspended = controller.suspend(id);
    expect(await states(controller, id)).toEqual(['Suspending', 'Suspending']);
    await clock.advance(1000);
    await suspended;
    expect(await states(controller, id)).toEqual(['Running', 'Running']);
    ladder.resolve();
    expect((await controller.wait(id)).children[0]?.failure?.code).toBe('timeout');
    await controller.dispose();
  });
});
