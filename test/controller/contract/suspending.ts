import { expect, test } from 'vitest';
import { deferred, definition } from '../fakes.ts';
import type { WorkEnd } from '../../../src/model/outcome.ts';
import { aborted, halting, states, succeed, untilStates, type Run } from '../contract-rig.ts';
import type { SetUp } from '../contract.ts';

export function suspending(setUp: SetUp): void {
  /** A command that can be halted, and ends when its gate opens. */
  function command(done: string[], gate: Promise<WorkEnd>): Run {
    return async (context) => {
      await context.go();
      done.push(`${context.target.name} began`);
      context.suspendable(halting(done, context.target.name));
      return Promise.race([gate, aborted(context)]);
    };
  }
  const ENDED: WorkEnd = { kind: 'exit', code: 0 };

  test('what runs is halted, what is queued waits; resumed, all go on and each runs once', async () => {
    const done: string[] = [];
    const gate = deferred<WorkEnd>();
    const { controller } = await setUp(command(done, gate.promise));
    const { id } = await controller.start(definition(['a', 'b', 'c'], { fanout: 1 }));
    await untilStates(controller, id, 'Running', 'Running', 'NotStarted', 'NotStarted');
    await controller.suspend(id);
    expect(await controller.job(id)).toMatchObject({ state: 'Suspended', counts: { running: 3 } });
    expect(done).toEqual(['a began', 'a halted']);
    await controller.resume(id);
    expect(await states(controller, id)).toEqual([
      'Running',
      'Running',
      'NotStarted',
      'NotStarted',
    ]);
    gate.resolve(ENDED);
    expect((await controller.wait(id)).state).toBe('Completed');
    expect(done).toEqual(['a began', 'a halted', 'a goes on', 'b began', 'c began']);
  });

  test('a queued child whose turn went by while it was suspended gets another, once', async () => {
    const done: string[] = [];
    const gate = deferred<WorkEnd>();
    const { controller } = await setUp(command(done, gate.promise));
    const { id } = await controller.start(definition(['a', 'b', 'c'], { fanout: 1 }));
    await untilStates(controller, id, 'Running', 'Running', 'NotStarted', 'NotStarted');
    await controller.suspend(id + 2);
    expect(await states(controller, id)).toEqual(['Running', 'Running', 'Suspended', 'NotStarted']);
    gate.resolve(ENDED);
    await untilStates(controller, id, 'Suspended', 'Completed', 'Suspended', 'Completed');
    await controller.resume(id + 2);
    expect((await controller.wait(id)).state).toBe('Completed');
    expect(done).toEqual(['a began', 'c began', 'b began']);
  });

  test('a queued child that is resumed before its turn keeps it, and runs once', async () => {
    const done: string[] = [];
    const gate = deferred<WorkEnd>();
    const { controller } = await setUp(command(done, gate.promise));
    const { id } = await controller.start(definition(['a', 'b', 'c'], { fanout: 1 }));
    await untilStates(controller, id, 'Running', 'Running', 'NotStarted', 'NotStarted');
    await controller.suspend(id + 2);
    await controller.resume(id + 2);
    gate.resolve(ENDED);
    await controller.wait(id);
    expect(done).toEqual(['a began', 'b began', 'c began']);
  });

  test('a suspended child keeps its place: none of the queue takes it', async () => {
    const { controller } = await setUp(command([], deferred<WorkEnd>().promise));
    const { id } = await controller.start(definition(['a', 'b'], { fanout: 1 }));
    await untilStates(controller, id, 'Running', 'Running', 'NotStarted');
    await controller.suspend(id + 1);
    expect(await states(controller, id)).toEqual(['Running', 'Suspended', 'NotStarted']);
  });

  test('work that has not begun its command is Suspending until it would, and begins when it is resumed', async () => {
    const connected = deferred<void>();
    const done: string[] = [];
    const gate = deferred<WorkEnd>();
    const { controller } = await setUp(async (context) => {
      await connected.promise;
      return command(done, gate.promise)(context);
    });
    const { id } = await controller.start(definition(['a']));
    await untilStates(controller, id, 'Running', 'Running');
    const suspended = controller.suspend(id);
    await untilStates(controller, id, 'Suspending', 'Suspending');
    connected.resolve();
    await suspended;
    expect(await states(controller, id)).toEqual(['Suspended', 'Suspended']);
    expect(done).toEqual([]);
    await controller.resume(id);
    gate.resolve(ENDED);
    await controller.wait(id);
    expect(done).toEqual(['a began']);
  });

  test('a resume while it is Suspending lets it go on as if nothing had been', async () => {
    const connected = deferred<void>();
    const gate = deferred<WorkEnd>();
    const { controller } = await setUp(async (context) => {
      await connected.promise;
      return command([], gate.promise)(context);
    });
    const { id } = await controller.start(definition(['a']));
    await untilStates(controller, id, 'Running', 'Running');
    const suspended = controller.suspend(id);
    await untilStates(controller, id, 'Suspending', 'Suspending');
    await controller.resume(id);
    await suspended;
    expect(await states(controller, id)).toEqual(['Running', 'Running']);
    connected.resolve();
    gate.resolve(ENDED);
    expect((await controller.wait(id)).state).toBe('Completed');
  });

  test('a child that cannot be suspended goes on and is named with the reason; the others are suspended', async () => {
    const { controller } = await setUp((context) => {
      const works = halting([], context.target.name);
      const refuses = { ...works, suspend: () => Promise.resolve('no shell there') };
      context.suspendable(context.target.name === 'b' ? refuses : works);
      return aborted(context);
    });
    const { id } = await controller.start(definition(['a', 'b', 'c']));
    await untilStates(controller, id, 'Running', 'Running', 'Running', 'Running');
    await expect(controller.suspend(id)).rejects.toMatchObject({
      code: 'job-state',
      message: 'cannot be suspended: b (no shell there)',
    });
    expect(await states(controller, id)).toEqual(['Running', 'Suspended', 'Running', 'Suspended']);
  });

  test('a suspended job is stopped, what is halted and what never began', async () => {
    const { controller } = await setUp(command([], deferred<WorkEnd>().promise));
    const { id } = await controller.start(definition(['a', 'b'], { fanout: 1 }));
    await untilStates(controller, id, 'Running', 'Running', 'NotStarted');
    await controller.suspend(id);
    await controller.stop(id, 'a test');
    const job = await controller.job(id);
    expect(job.children.map(({ state, statusMessage }) => [state, statusMessage])).toEqual([
      ['Stopped', 'stopped by a test before the command was sent'],
      ['Stopped', 'stopped by a test; not started'],
    ]);
  });

  test('work that waits to begin is stopped there, and never begins', async () => {
    const connected = deferred<void>();
    const done: string[] = [];
    const { controller } = await setUp(async (context) => {
      await connected.promise;
      return command(done, Promise.resolve(ENDED))(context);
    });
    const { id } = await controller.start(definition(['a']));
    await untilStates(controller, id, 'Running', 'Running');
    const suspended = controller.suspend(id);
    await untilStates(controller, id, 'Suspending', 'Suspending');
    connected.resolve();
    await suspended;
    await controller.stop(id, 'a test');
    expect(await states(controller, id)).toEqual(['Stopped', 'Stopped']);
    expect(done).toEqual([]);
  });

  test('suspending twice is suspending; a finished job cannot be, and one that is not suspended not be resumed', async () => {
    const gate = deferred<WorkEnd>();
    const { controller } = await setUp(command([], gate.promise));
    const { id } = await controller.start(definition(['a']));
    await untilStates(controller, id, 'Running', 'Running');
    await expect(controller.resume(id)).rejects.toMatchObject({ code: 'job-state' });
    await Promise.all([controller.suspend(id), controller.suspend(id)]);
    await controller.suspend(id);
    expect(await states(controller, id)).toEqual(['Suspended', 'Suspended']);
    await controller.resume(id);
    gate.resolve(ENDED);
    await controller.wait(id);
    await expect(controller.suspend(id)).rejects.toMatchObject({ code: 'job-state' });
    await expect(controller.resume(id)).rejects.toMatchObject({ code: 'job-state' });
  });

  test('work that ends before it can be suspended has simply ended', async () => {
    const gate = deferred<WorkEnd>();
    const { controller } = await setUp(() => gate.promise);
    const { id } = await controller.start(definition(['a']));
    await untilStates(controller, id, 'Running', 'Running');
    const suspended = controller.suspend(id);
    await untilStates(controller, id, 'Suspending', 'Suspending');
    gate.resolve(ENDED);
    await suspended;
    expect(await states(controller, id)).toEqual(['Completed', 'Completed']);
  });

  test('a job suspended before any of it began runs in whole when it is resumed', async () => {
    const { controller } = await setUp(succeed);
    const { id } = await controller.start(definition(['a', 'b', 'c'], { fanout: 2 }));
    // Whether some have ended by then is a matter of time; that all end is not.
    await controller.suspend(id).catch(() => undefined);
    await controller.resume(id).catch(() => undefined);
    expect(await controller.wait(id)).toMatchObject({ counts: { completed: 3 } });
  });
}
