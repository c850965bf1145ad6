import { expect, test } from 'vitest';
import { deferred, definition } from '../fakes.ts';
import {
  aborted,
  halting,
  say,
  succeed,
  texts,
  untilAborted,
  untilStates,
} from '../contract-rig.ts';
import type { SetUp } from '../contract.ts';

export function starting(setUp: SetUp): void {
  test('case 1: a job has the name it was given, and what it is at once', async () => {
    const { controller } = await setUp(untilAborted);
    const job = await controller.start(definition(['a', 'b'], { name: 'two words' }));
    expect(job).toMatchObject({
      id: 1,
      name: 'two words',
      parentId: null,
      type: 'RemoteJob',
      state: 'Running',
      hasMoreData: true,
      location: 'a,b',
      rerunOf: null,
      children: [
        { id: 2, parentId: 1, name: 'Job2', type: '', host: 'a', location: 'a' },
        { id: 3, parentId: 1, name: 'Job3', type: '', host: 'b', location: 'b' },
      ],
    });
    expect((await controller.start(definition(['c']))).id).toBe(4);
  });

  test('case 3: the command is told exactly as it was given', async () => {
    const { controller } = await setUp(succeed);
    const command = '  echo one\ttwo  ';
    const job = await controller.start(definition(['a'], { work: { kind: 'scripted', command } }));
    expect([job.command, job.children[0]?.command]).toEqual([command, command]);
  });

  test('case 15: a child reads the input it was given, from its beginning', async () => {
    const { controller } = await setUp(async (context) => {
      for await (const bytes of context.input?.() ?? []) context.write('output', bytes);
      return { kind: 'exit', code: 0 };
    });
    const open = async function* open(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('one\n');
      await Promise.resolve();
      yield Buffer.from('two\n');
    };
    const { id } = await controller.start(definition(['a'], { input: { kind: 'stream', open } }));
    await controller.wait(id);
    expect((await texts(controller.receive(id))).join('\n')).toBe('one\ntwo');
  });

  test('each child knows its item and tells it', async () => {
    const { controller } = await setUp((context) => {
      say(context, context.item ?? 'none');
      return Promise.resolve({ kind: 'exit', code: 0 });
    });
    const { id, command } = await controller.start(
      definition(['a', 'a'], { items: ['x y', 'z'], work: { kind: 'scripted', command: 'do' } }),
    );
    const job = await controller.wait(id);
    expect(command).toBe('do');
    expect(job.children.map(({ item, command: its }) => [item, its])).toEqual([
      ['x y', 'do x y'],
      ['z', 'do z'],
    ]);
    expect(await texts(controller.receive(id))).toEqual(['x y', 'z']);
  });

  test('case 78: with a fanout of two, two children run and the others are not started', async () => {
    const { controller } = await setUp(untilAborted);
    const { id } = await controller.start(definition(['a', 'b', 'c', 'd'], { fanout: 2 }));
    await untilStates(controller, id, 'Running', 'Running', 'Running', 'NotStarted', 'NotStarted');
    expect(await controller.status()).toMatchObject({ queued: 2, jobs: { Running: 1, total: 1 } });
  });

  test('the limit of a kind holds over all jobs', async () => {
    const { controller } = await setUp(untilAborted, 1);
    const first = await controller.start(definition(['a']));
    const second = await controller.start(definition(['b']));
    await untilStates(controller, first.id, 'Running', 'Running');
    expect((await controller.job(second.id)).children[0]?.state).toBe('NotStarted');
    await controller.stop(first.id, 'a test');
    await untilStates(controller, second.id, 'Running', 'Running');
  });

  test('an aborted signal stops the job that was started with it', async () => {
    const { controller } = await setUp(untilAborted);
    const abort = new AbortController();
    const { id } = await controller.start(definition(['a']), { signal: abort.signal });
    abort.abort();
    expect((await controller.wait(id)).state).toBe('Stopped');
  });

  test('what a command says of its progress is told, and its mean over all', async () => {
    const said = deferred<void>();
    const { controller } = await setUp((context) => {
      if (context.target.name === 'a') {
        context.progress({ percent: 40, text: 'unpacking' });
        said.resolve();
      }
      return aborted(context);
    });
    const { id } = await controller.start(definition(['a', 'b']));
    await said.promise;
    expect(await controller.job(id)).toMatchObject({
      progress: { percent: 20 },
      children: [
        { progress: { percent: 40, text: 'unpacking' }, statusMessage: '40% unpacking' },
        { progress: null },
      ],
    });
  });

  test('every change of every job is told to those who watch', async () => {
    const done: string[] = [];
    const { controller } = await setUp((context) => {
      context.suspendable(halting(done, context.target.name));
      return aborted(context);
    });
    const abort = new AbortController();
    const changes = controller.changes(abort.signal);
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { jobId, from, to } of changes) {
        seen.push(`${jobId} ${from} ${to}`);
        if (to === 'Stopped' && jobId === 3) abort.abort();
      }
    })();
    const first = await controller.start(definition(['a']));
    await controller.start(definition(['b']));
    await untilStates(controller, first.id, 'Running', 'Running');
    await untilStates(controller, 3, 'Running', 'Running');
    await controller.stop(first.id, 'a test');
    await controller.stop(3, 'a test');
    await watching;
    expect(seen).toContain('2 Stopping Stopped');
    expect(seen).toContain('1 Stopping Stopped');
    expect(seen.at(-1)).toBe('3 Stopping Stopped');
  });
}
