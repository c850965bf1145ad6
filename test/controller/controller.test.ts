import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { InProcessController } from '../../src/controller/controller.ts';
import { ConfigError } from '../../src/model/errors.ts';
import { EVERY_JOB } from '../../src/model/query.ts';
import type { JobEvent } from '../../src/model/event.ts';
import type { WorkContext } from '../../src/model/ports/work.ts';
import type { WorkEnd } from '../../src/model/outcome.ts';
import { createResultStore } from '../../src/results/result-store.ts';
import { PLAIN_SSH } from '../../src/model/ssh-settings.ts';
import { eventually } from '../helpers/eventually.ts';
import {
  deferred,
  definition,
  failure,
  FakeTransport,
  scripted,
  settled,
  target,
} from './fakes.ts';

type Run = (context: WorkContext) => Promise<WorkEnd>;

function setUp(run: Run, transport = new FakeTransport()): InProcessController {
  return new InProcessController({
    clock: systemClock,
    transport,
    results: createResultStore(),
    kinds: [scripted(run)],
    loginSlots: 64,
    journal: null,
    random: Math.random,
  });
}

const succeed: Run = () => Promise.resolve({ kind: 'exit', code: 0 });

/** Work that ends when it is told to. */
const untilAborted: Run = (context) =>
  new Promise((resolve) => {
    context.signal.addEventListener('abort', () => resolve({ kind: 'ended', confirmed: true }));
  });

/** Waits until the named host's child runs. */
async function untilRunning(
  controller: InProcessController,
  id: number,
  host: string,
): Promise<void> {
  for await (const event of controller.follow(id)) {
    if (event.event === 'state' && event.host === host && event.to === 'Running') return;
  }
}

async function collect(events: AsyncIterable<JobEvent>): Promise<JobEvent[]> {
  const all: JobEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe('identity', () => {
  test('a parent takes n and its children n+1 to n+k in target order, and the next job follows on', async () => {
    const controller = setUp(succeed);
    const first = await controller.start(definition(['a', 'b', 'c']));
    const second = await controller.start(definition(['d']));
    expect(first.id).toBe(1);
    expect(first.children.map(({ id, host, parentId }) => [id, host, parentId])).toEqual([
      [2, 'a', 1],
      [3, 'b', 1],
      [4, 'c', 1],
    ]);
    expect([second.id, second.children[0]?.id]).toEqual([5, 6]);
    await controller.dispose();
  });

  test('every id is used once, whatever is started at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(6), { maxLength: 8 }), async (sizes) => {
        const controller = setUp(succeed);
        const hosts = (size: number): string[] => Array.from({ length: size }, (_, i) => `h${i}`);
        const jobs = await Promise.all(
          sizes.map((size) => controller.start(definition(hosts(size)))),
        );
        const ids = jobs.flatMap((job) => [job.id, ...job.children.map(({ id }) => id)]);
        expect([...ids].sort((a, b) => a - b)).toEqual(ids.map((_, index) => index + 1));
        for (const job of jobs) {
          expect(job.children.map(({ id }) => id)).toEqual(
            job.children.map((_, index) => job.id + 1 + index),
          );
        }
        await controller.dispose();
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    [null, 'Job1', 'Job2'],
    ['patch', 'patch', 'Job2'],
    ['patch-{host}', 'patch', 'patch-a'],
    ['{host}_x', 'x', 'a_x'],
    ['{host}', 'Job1', 'a'],
  ])('the name %s gives the parent %s and the child %s', async (name, parent, child) => {
    const controller = setUp(succeed);
    const job = await controller.start(definition(['a'], { name }));
    expect([job.name, job.children[0]?.name]).toEqual([parent, child]);
    await controller.dispose();
  });
});

describe('running', () => {
  test('children start in target order, never more at once than the fanout', async () => {
    const started: string[] = [];
    let now = 0;
    let most = 0;
    const controller = setUp(async (context) => {
      started.push(context.target.name);
      now += 1;
      most = Math.max(most, now);
      await settled();
      now -= 1;
      return { kind: 'exit', code: 0 };
    });
    const hosts = Array.from({ length: 20 }, (_, index) => `h${index}`);
    const { id } = await controller.start(definition(hosts, { fanout: 3 }));
    const job = await controller.wait(id);
    expect(started).toEqual(hosts);
    expect(most).toBe(3);
    expect(job.state).toBe('Completed');
    expect(job.counts).toEqual({
      completed: 20,
      failed: 0,
      stopped: 0,
      running: 0,
      queued: 0,
      total: 20,
    });
    await controller.dispose();
  });

  test('one failed child marks the parent Failed, visible in its counts at once, and the others go on', async () => {
    const gate = deferred<WorkEnd>();
    const controller = setUp((context) =>
      context.target.name === 'bad' ? Promise.reject(failure('refused')) : gate.promise,
    );
    const { id } = await controller.start(definition(['good', 'bad']));
    const seen: JobEvent[] = [];
    for await (const event of controller.follow(id)) {
      seen.push(event);
      if (event.event === 'state' && event.host === 'bad' && event.to === 'Failed') {
        expect(await controller.job(id)).toMatchObject({
          state: 'Running',
          counts: { failed: 1, running: 1 },
        });
        gate.resolve({ kind: 'exit', code: 0 });
      }
    }
    expect(seen.at(-1)).toMatchObject({ event: 'end', job: { state: 'Failed' } });
    await controller.dispose();
  });

  test('a connection is given back whatever the end of the work', async () => {
    const transport = new FakeTransport();
    const controller = setUp(async (context) => {
      await context.connect();
      if (context.target.name === 'b') throw new Error('defect');
      return { kind: 'exit', code: 0 };
    }, transport);
    const { id } = await controller.start(definition(['a', 'b']));
    const job = await controller.wait(id);
    expect(transport.released).toBe(2);
    expect(job.children.map(({ state, attempts }) => [state, attempts])).toEqual([
      ['Completed', 1],
      ['Failed', 1],
    ]);
    expect(job.children[1]?.failure).toMatchObject({ code: 'internal', phase: 'local' });
    await controller.dispose();
    expect(transport.closed).toBe(true);
  });

  test('a target’s own connect time counts where it has one, and never for its jump hosts', async () => {
    const transport = new FakeTransport();
    const controller = setUp(async (context) => {
      await context.connect();
      return { kind: 'exit', code: 0 };
    }, transport);
    const plain = target('a');
    const own = { ...target('b'), ssh: { ...PLAIN_SSH, connectTimeoutMs: 700 } };
    const job = definition([], { targets: [plain, own], connectTimeoutMs: 5000 });
    const { id } = await controller.start(job);
    await controller.wait(id);
    const limits = transport.requests.map((asked) => [
      Math.ceil(asked.connectTimeoutMs / 100),
      asked.jumpTimeoutMs,
    ]);
    expect(limits).toEqual([
      [50, 5000],
      [7, 5000],
    ]);
    await controller.dispose();
  });

  test('the time limit of a command ends it as timeout, and the child stays Running meanwhile', async () => {
    const aborted = deferred<void>();
    const ladder = deferred<void>();
    const controller = setUp(async (context) => {
      context.started();
      await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
      aborted.resolve();
      await ladder.promise;
      return { kind: 'ended', confirmed: true };
    });
    const { id } = await controller.start(definition(['a'], { timeoutMs: 20 }));
    await aborted.promise;
    expect((await controller.job(id)).children[0]?.state).toBe('Running');
    ladder.resolve();
    const job = await controller.wait(id);
    expect(job.children[0]).toMatchObject({
      state: 'Failed',
      exitCode: null,
      failure: {
        phase: 'run',
        code: 'timeout',
        message: 'timed out after 0.02 s',
        mayHaveRun: true,
      },
    });
    await controller.dispose();
  });
});

describe('stopping', () => {
  test('F28 a queued child is stopped at once and never starts; a running one by its work', async () => {
    const started: string[] = [];
    const ladder = deferred<void>();
    const controller = setUp(async (context) => {
      started.push(context.target.name);
      context.started();
      await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
      await ladder.promise;
      return { kind: 'ended', confirmed: true };
    });
    const { id } = await controller.start(definition(['a', 'b', 'c'], { fanout: 1 }));
    await untilRunning(controller, id, 'a');
    const stopped = controller.stop(id, 'Ctrl-C');
    expect(await controller.job(id)).toMatchObject({
      state: 'Stopping',
      counts: { stopped: 2, running: 1, queued: 0 },
    });
    ladder.resolve();
    await stopped;
    const job = await controller.job(id);
    expect(job.state).toBe('Stopped');
    expect(started).toEqual(['a']);
    expect(job.children.map(({ statusMessage, attempts }) => [statusMessage, attempts])).toEqual([
      ['stopped by Ctrl-C', 0],
      ['stopped by Ctrl-C; not started', 0],
      ['stopped by Ctrl-C; not started', 0],
    ]);
    await controller.dispose();
  });

  test('stopping one child leaves its siblings alone', async () => {
    const controller = setUp(untilAborted);
    const { id } = await controller.start(definition(['a', 'b']));
    await untilRunning(controller, id, 'b');
    await controller.stop(id + 1, 'a test');
    expect(await controller.job(id)).toMatchObject({ state: 'Running', counts: { stopped: 1 } });
    await controller.stop(id, 'a test');
    expect((await controller.job(id)).state).toBe('Stopped');
    await controller.dispose();
  });

  test('stopping a finished job does nothing', async () => {
    const controller = setUp(succeed);
    const { id } = await controller.start(definition(['a']));
    const before = await controller.wait(id);
    await controller.stop(id, 'a test');
    expect(await controller.job(id)).toEqual(before);
    await controller.dispose();
  });

  test('an aborted signal stops the job it was given to', async () => {
    const controller = setUp(untilAborted);
    const abort = new AbortController();
    const { id } = await controller.start(definition(['a']), { signal: abort.signal });
    abort.abort();
    expect((await controller.wait(id)).state).toBe('Stopped');
    await controller.dispose();
  });

  test('disposing stops what runs and refuses what comes after', async () => {
    const controller = setUp(untilAborted);
    const { id } = await controller.start(definition(['a']));
    await controller.dispose();
    expect((await controller.job(id)).state).toBe('Stopped');
    await expect(controller.start(definition(['a']))).rejects.toThrow(ConfigError);
  });

  test('a wait that is aborted leaves the job running', async () => {
    const controller = setUp(untilAborted);
    const { id } = await controller.start(definition(['a']));
    await expect(controller.wait(id, { signal: AbortSignal.timeout(10) })).rejects.toThrow(
      /timeout/u,
    );
    expect((await controller.job(id)).state).toBe('Running');
    await controller.dispose();
  });
});

describe('events and records', () => {
  const speak: Run = async (context) => {
    context.write('output', Buffer.from(`${context.target.name} one\n`));
    await settled();
    context.write('error', Buffer.from(`${context.target.name} two\n`));
    return { kind: 'exit', code: 0 };
  };

  test('a follower sees every event from the very start, in order, and the end last', async () => {
    const controller = setUp(speak);
    const { id } = await controller.start(definition(['a']));
    const events = await collect(controller.follow(id));
    expect(
      events.map((event) => {
        if (event.event === 'state') return `${event.host ?? 'parent'} ${event.from} ${event.to}`;
        if (event.event === 'record') return `${event.host} ${event.record.stream}`;
        return event.event;
      }),
    ).toEqual([
      'parent NotStarted Running',
      'a NotStarted Running',
      'a output',
      'a error',
      'a Running Completed',
      'parent Running Completed',
      'end',
    ]);
    await controller.dispose();
  });

  test('taken records are freed, and hasMoreData tells what is left', async () => {
    const controller = setUp(speak);
    const { id } = await controller.start(definition(['a', 'b']));
    const running = await controller.job(id);
    expect(running.hasMoreData).toBe(true);
    await controller.wait(id);
    expect((await controller.job(id)).hasMoreData).toBe(true);
    await collect(controller.follow(id));
    expect((await controller.job(id)).hasMoreData).toBe(false);
    await controller.dispose();
  });

  test('receive gives children in target order, keeps with keep, and an early stop leaves the rest', async () => {
    const controller = setUp(speak);
    const { id } = await controller.start(definition(['a', 'b']));
    await controller.wait(id);
    const read = async (options: { keep?: boolean }, most = Infinity): Promise<string[]> => {
      const texts: string[] = [];
      for await (const { data } of controller.receive(id, options)) {
        texts.push(Buffer.from(data).toString());
        if (texts.length === most) break;
      }
      return texts;
    };
    const all = ['a one\n', 'a two\n', 'b one\n', 'b two\n'];
    expect(await read({ keep: true })).toEqual(all);
    // The record that the reader stopped at was not taken: it was never asked to be let go.
    expect(await read({}, 2)).toEqual(all.slice(0, 2));
    expect(await read({})).toEqual(all.slice(1));
    expect(await read({})).toEqual([]);
    await controller.dispose();
  });

  test('a late follower is told how things came to be, and gets what is unread', async () => {
    const controller = setUp(speak);
    const { id } = await controller.start(definition(['a']));
    await controller.wait(id);
    const events = await collect(controller.follow(id));
    expect(events.map(({ event }) => event)).toEqual([
      'state',
      'state',
      'record',
      'record',
      'state',
      'state',
      'end',
    ]);
    await controller.dispose();
  });

  test('F40 a reader that falls behind makes the hosts wait, and loses nothing', async () => {
    const piece = Buffer.alloc(1024 * 1024, 'x');
    let most = 0;
    const controller = setUp(async (context) => {
      let resume: (() => void) | null = null;
      let paused = false;
      context.onPressure((pause) => {
        paused = pause;
        if (!pause) resume?.();
      });
      for (let count = 0; count < 40; count += 1) {
        context.write('output', piece);
        if (paused) {
          most = Math.max(most, count);
          await new Promise<void>((resolve) => {
            resume = resolve;
          });
        }
      }
      return { kind: 'exit', code: 0 };
    });
    const { id } = await controller.start(definition(['a']));
    let bytes = 0;
    for await (const event of controller.follow(id)) {
      if (event.event !== 'record') continue;
      bytes += event.record.data.byteLength;
      await settled();
    }
    expect(bytes).toBe(40 * 1024 * 1024);
    expect(most).toBeGreaterThan(0);
    await controller.dispose();
  });

  test('F40 what goes on over a new connection waits for its reader as before, and goes on with him', async () => {
    const told: boolean[] = [];
    const over = deferred<void>();
    const controller = setUp(async (context) => {
      await context.connect();
      const unlisten = context.onPressure((pause) => {
        told.push(pause);
        if (!pause) over.resolve();
      });
      const other = context.onPressure(() => told.push(true, true));
      other();
      context.write('output', Buffer.alloc(3 * 1024 * 1024, 'x'));
      await context.reconnect('cut');
      await over.promise;
      unlisten();
      context.write('output', Buffer.alloc(3 * 1024 * 1024, 'x'));
      return { kind: 'exit', code: 0 };
    });
    const { id } = await controller.start(definition(['a']));
    const events = controller.follow(id)[Symbol.asyncIterator]();
    await eventually(async () => (await controller.job(id)).state === 'Disconnected');
    await eventually(async () => (await controller.job(id)).state === 'Running');
    expect(told).toEqual([true]);
    for (let event = await events.next(); event.done !== true; event = await events.next());
    expect(told).toEqual([true, false]);
    await controller.dispose();
  });

  test('F40 hosts that may go on, and have too much at hand, all wait again', async () => {
    const piece = Buffer.alloc(3 * 1024 * 1024, 'x');
    const waiting = new Map<string, boolean>();
    const controller = setUp(async (context) => {
      const over = new Promise<void>((resolve) => {
        let left = 4;
        context.onPressure((pause) => {
          waiting.set(context.target.name, pause);
          if (pause || left === 0) return;
          left -= 1;
          context.write('output', piece);
          if (left === 0) resolve();
        });
      });
      context.write('output', piece);
      await over;
      return { kind: 'exit', code: 0 };
    });
    const { id } = await controller.start(definition(['a', 'b', 'c']));
    let bytes = 0;
    for await (const event of controller.follow(id)) {
      if (event.event !== 'record') continue;
      bytes += event.record.data.byteLength;
      expect(new Set(waiting.values()).size).toBe(1);
    }
    expect(bytes).toBe(15 * piece.byteLength);
    await controller.dispose();
  });
});

describe('removing', () => {
  test('a finished job is forgotten with its children; an unfinished one and a child alone are refused', async () => {
    const controller = setUp(untilAborted);
    const { id } = await controller.start(definition(['a']));
    await expect(controller.remove(id)).rejects.toThrow('not finished');
    await controller.stop(id, 'a test');
    await expect(controller.remove(id + 1)).rejects.toThrow('a child job cannot be removed alone');
    await controller.remove(id);
    await expect(controller.job(id)).rejects.toThrow('no job 1');
    await expect(controller.job(id + 1)).rejects.toThrow('no job 2');
    await controller.dispose();
  });
});

test('two controllers in one process do not meet', async () => {
  const [one, two] = [setUp(succeed), setUp(succeed)];
  const [first, second] = await Promise.all([
    one.start(definition(['a'])),
    two.start(definition(['b'])),
  ]);
  expect([first.id, second.id]).toEqual([1, 1]);
  expect((await one.find(EVERY_JOB)).jobs.map(({ location }) => location)).toEqual(['a']);
  expect((await two.find(EVERY_JOB)).jobs.map(({ location }) => location)).toEqual(['b']);
  await Promise.all([one.dispose(), two.dispose()]);
});
