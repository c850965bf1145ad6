import { expect, test } from 'vitest';
import { deferred, definition, failure, settled } from '../fakes.ts';
import { aborted, lineOf, lines, say, speak, texts, untilAborted } from '../contract-rig.ts';
import type { SetUp } from '../contract.ts';

export function following(setUp: SetUp): void {
  const OF_ONE = [
    'job NotStarted Running',
    'a NotStarted Running',
    'a one',
    'a two',
    'a Running Completed',
    'job Running Completed',
    'end Completed',
  ];

  test('events come in order from the very start, the end last', async () => {
    const { controller } = await setUp(speak('one', 'two'));
    const { id } = await controller.start(definition(['a']));
    expect(await lines(controller.follow(id))).toEqual(OF_ONE);
  });

  test('whoever follows afterwards is told the same; what was read before is not repeated', async () => {
    const { controller } = await setUp(speak('one', 'two'));
    const { id } = await controller.start(definition(['a']));
    await controller.wait(id);
    expect(await lines(controller.follow(id, { keep: true }))).toEqual(OF_ONE);
    expect(await lines(controller.follow(id))).toEqual(OF_ONE);
    expect(await lines(controller.follow(id))).toEqual(
      OF_ONE.filter((line) => !/^a (?:one|two)$/u.test(line)),
    );
    expect((await controller.job(id)).hasMoreData).toBe(false);
  });

  test('case 64: why a child failed comes with its state, every time', async () => {
    const { controller } = await setUp(() => Promise.reject(failure('refused', 'no route')));
    const { id } = await controller.start(definition(['a']));
    for (const round of [1, 2]) {
      const failures: unknown[] = [];
      for await (const event of controller.follow(id)) {
        if (event.event === 'state' && event.host === 'a' && event.to === 'Failed') {
          failures.push(event.failure);
        }
      }
      expect(failures, `round ${round}`).toMatchObject([{ code: 'refused', message: 'no route' }]);
    }
  });

  test('whoever stops early leaves what was not taken, the record that was given last included', async () => {
    const { controller } = await setUp(speak('one', 'two', 'three'));
    const { id } = await controller.start(definition(['a']));
    for await (const event of controller.follow(id)) {
      if (lineOf(event) === 'a two') break;
    }
    expect(await texts(controller.receive(id))).toEqual(['a two', 'a three']);
  });

  test('two that follow at once get each record once between them, and all states each', async () => {
    const gate = deferred<void>();
    const many = Array.from({ length: 500 }, (_, index) => `${index}`);
    const { controller } = await setUp(async (context) => {
      await gate.promise;
      return speak(...many)(context);
    });
    const { id } = await controller.start(definition(['a', 'b']));
    const both = Promise.all([lines(controller.follow(id)), lines(controller.follow(id))]);
    gate.resolve();
    const [one, two] = await both;
    const spoken = [...one, ...two].filter((line) => /^[ab] \d+$/u.test(line));
    expect(spoken.toSorted()).toEqual(
      ['a', 'b'].flatMap((host) => many.map((line) => `${host} ${line}`)).toSorted(),
    );
    for (const events of [one, two]) {
      expect(events).toContain('b Running Completed');
      expect(events.at(-1)).toBe('end Completed');
    }
  });

  test('what one gives back is given to the other that still follows', async () => {
    const gate = deferred<void>();
    const { controller } = await setUp(async (context) => {
      say(context, 'early\n');
      await gate.promise;
      say(context, 'late\n');
      return { kind: 'exit', code: 0 };
    });
    const { id } = await controller.start(definition(['a']));
    const first = controller.follow(id)[Symbol.asyncIterator]();
    for (let line = ''; line !== 'early';) {
      const { value, done } = (await first.next()) as IteratorResult<
        Parameters<typeof lineOf>[0],
        undefined
      >;
      if (done === true) throw new Error('it ended too soon');
      line = lineOf(value);
    }
    const second = lines(controller.follow(id));
    await first.return?.();
    gate.resolve();
    expect((await second).filter((line) => /^(?:early|late)$/u.test(line))).toEqual([
      'early',
      'late',
    ]);
  });

  test('only the streams and hosts that are wanted, and the states of all', async () => {
    const { controller } = await setUp((context) => {
      say(context, `${context.target.name} out`);
      context.write('error', Buffer.from(`${context.target.name} err`));
      return Promise.resolve({ kind: 'exit', code: 0 });
    });
    const { id } = await controller.start(definition(['a', 'b']));
    const seen = await lines(controller.follow(id, { streams: ['error'], hosts: ['b'] }));
    expect(seen.filter((line) => /(?:out|err)$/u.test(line))).toEqual(['b err']);
    expect(seen).toContain('a Running Completed');
    expect(await texts(controller.receive(id))).toEqual(['a out', 'a err', 'b out']);
  });

  test('by a child’s id its job is followed, and only its own records are taken', async () => {
    const { controller } = await setUp(speak('one'));
    const { id } = await controller.start(definition(['a', 'b']));
    const seen = await lines(controller.follow(id + 2));
    expect(seen).toContain('b one');
    expect(seen).not.toContain('a one');
    expect(seen.at(-1)).toBe('end Completed');
    expect(await texts(controller.receive(id))).toEqual(['a one']);
  });

  test('an aborted signal ends the reading, and not the job', async () => {
    const { controller } = await setUp((context) => {
      say(context, 'one');
      return aborted(context);
    });
    const { id } = await controller.start(definition(['a']));
    const abort = new AbortController();
    const seen: string[] = [];
    for await (const event of controller.follow(id, { signal: abort.signal })) {
      seen.push(lineOf(event));
      if (seen.at(-1) === 'one') abort.abort();
    }
    expect(seen.at(-1)).toBe('one');
    expect((await controller.job(id)).state).toBe('Running');
  });

  test('a reader that does not read makes the hosts wait', async () => {
    const paused = deferred<void>();
    const wentOn = deferred<void>();
    const piece = Buffer.alloc(1024 * 1024);
    const { controller } = await setUp(async (context) => {
      const seen = { pause: false };
      context.onPressure((pause) => {
        seen.pause = true;
        if (pause) paused.resolve();
        else wentOn.resolve();
      });
      while (!seen.pause && !context.signal.aborted) {
        context.write('output', piece);
        await settled();
      }
      await Promise.race([wentOn.promise, aborted(context)]);
      return { kind: 'exit', code: 0 };
    });
    const { id } = await controller.start(definition(['a']));
    const reader = controller.follow(id, { keep: true })[Symbol.asyncIterator]();
    await reader.next();
    await paused.promise;
    expect((await controller.job(id)).state).toBe('Running');
    let last = '';
    for (let step = await reader.next(); step.done !== true; step = await reader.next()) {
      last = step.value.event;
    }
    expect(last).toBe('end');
  });

  test('following a job that is stopped tells of it', async () => {
    const { controller } = await setUp(untilAborted);
    const { id } = await controller.start(definition(['a']));
    const seen = lines(controller.follow(id));
    await controller.stop(id, 'a test');
    expect((await seen).at(-1)).toBe('end Stopped');
  });
}
