import { expect, test } from 'vitest';
import { deferred, definition, settled } from '../fakes.ts';
import { aborted, say, speak, texts, untilAborted } from '../contract-rig.ts';
import type { SetUp } from '../contract.ts';

export function receiving(setUp: SetUp): void {
  test('case 28: received with keep, plainly and plainly again: all, all, nothing', async () => {
    const { controller } = await setUp(speak('one', 'two'));
    const { id } = await controller.start(definition(['b', 'a']));
    await controller.wait(id);
    const all = ['b one', 'b two', 'a one', 'a two'];
    expect(await texts(controller.receive(id, { keep: true }))).toEqual(all);
    expect(await texts(controller.receive(id, { keep: true }))).toEqual(all);
    expect(await texts(controller.receive(id))).toEqual(all);
    expect(await texts(controller.receive(id))).toEqual([]);
  });

  test('case 27: once received it has no more data, and its state is what it was', async () => {
    const { controller } = await setUp(speak('one'));
    const { id } = await controller.start(definition(['a', 'b']));
    await controller.wait(id);
    await texts(controller.receive(id + 1));
    expect(await controller.job(id)).toMatchObject({
      hasMoreData: true,
      children: [{ hasMoreData: false }, { hasMoreData: true }],
    });
    await texts(controller.receive(id));
    expect(await controller.job(id)).toMatchObject({ state: 'Completed', hasMoreData: false });
    expect((await controller.status()).bytesHeld).toBe(0);
  });

  test('case 29: what a job says that goes on and on is received piece after piece, no gap and no repeat', async () => {
    const { controller } = await setUp(async (context) => {
      for (let count = 1; !context.signal.aborted; count += 1) {
        say(context, `${count}\n`);
        await settled();
      }
      return { kind: 'ended', confirmed: true };
    });
    const { id } = await controller.start(definition(['a']));
    const received: string[] = [];
    while (received.length < 200) {
      received.push(...(await texts(controller.receive(id))));
      await settled();
    }
    await controller.stop(id, 'a test');
    received.push(...(await texts(controller.receive(id))));
    expect(received).toEqual(received.map((_, index) => `${index + 1}`));
  });

  test('a receive that is left early leaves the rest', async () => {
    const { controller } = await setUp(speak('one', 'two', 'three'));
    const { id } = await controller.start(definition(['a']));
    await controller.wait(id);
    expect(await texts(controller.receive(id), 2)).toEqual(['a one', 'a two']);
    expect(await texts(controller.receive(id))).toEqual(['a two', 'a three']);
  });

  test('two that receive at once share what there is, each record once', async () => {
    const many = Array.from({ length: 3000 }, (_, index) => `${index}`);
    const { controller } = await setUp(speak(...many));
    const { id } = await controller.start(definition(['a', 'b']));
    await controller.wait(id);
    const [one, two] = await Promise.all([
      texts(controller.receive(id)),
      texts(controller.receive(id)),
    ]);
    expect([...one, ...two].toSorted()).toEqual(
      ['a', 'b'].flatMap((host) => many.map((line) => `${host} ${line}`)).toSorted(),
    );
  });

  test('case 36: one host’s records by its name, one stream’s by its; the others stay', async () => {
    const { controller } = await setUp((context) => {
      say(context, `${context.target.name} out`);
      context.write('warning', Buffer.from(`${context.target.name} careful`));
      return Promise.resolve({ kind: 'exit', code: 0 });
    });
    const { id } = await controller.start(definition(['a', 'b']));
    await controller.wait(id);
    expect(await texts(controller.receive(id, { hosts: ['nobody'] }))).toEqual([]);
    expect(await texts(controller.receive(id, { streams: ['warning'] }))).toEqual([
      'a careful',
      'b careful',
    ]);
    expect(await texts(controller.receive(id, { hosts: ['b'] }))).toEqual(['b out']);
    expect(await texts(controller.receive(id))).toEqual(['a out']);
  });

  test('records tell whose they are, their streams and their order', async () => {
    const { controller } = await setUp((context) => {
      say(context, 'x');
      context.write('output', Buffer.from('{"a":1}\n'), true);
      return Promise.resolve({ kind: 'exit', code: 0 });
    });
    const { id } = await controller.start(definition(['a']));
    await controller.wait(id);
    const records: unknown[] = [];
    for await (const { data, time, ...record } of controller.receive(id)) {
      expect(data).toBeInstanceOf(Uint8Array);
      expect(time).toBeGreaterThan(0);
      records.push(record);
    }
    expect(records).toEqual([
      { host: 'a', childId: id + 1, seq: 1, stream: 'output' },
      {
        host: 'a',
        childId: id + 1,
        seq: 2,
        stream: 'output',
        structured: true,
      },
    ]);
  });

  test('bytes come as they were written, whatever they are', async () => {
    const bytes = Buffer.from(Array.from({ length: 1024 }, (_, index) => (index * 7) % 256));
    const { controller } = await setUp((context) => {
      context.write('output', bytes);
      return Promise.resolve({ kind: 'exit', code: 0 });
    });
    const { id } = await controller.start(definition(['a']));
    await controller.wait(id);
    for await (const { data } of controller.receive(id)) {
      expect(Buffer.compare(data, bytes)).toBe(0);
    }
  });

  test('it never waits: a silent running job gives nothing', async () => {
    const running = deferred<void>();
    const { controller } = await setUp((context) => {
      running.resolve();
      return untilAborted(context);
    });
    const { id } = await controller.start(definition(['a']));
    await running.promise;
    expect(await texts(controller.receive(id))).toEqual([]);
  });

  test('case 65: why a child failed is not consumed by receiving', async () => {
    const { controller } = await setUp((context) => {
      say(context, 'before');
      return Promise.resolve({ kind: 'exit', code: 3 });
    });
    const { id } = await controller.start(definition(['a']));
    await controller.wait(id);
    await texts(controller.receive(id));
    expect((await controller.job(id)).children[0]).toMatchObject({
      hasMoreData: false,
      exitCode: 3,
      failure: { code: 'exit-code', message: 'exit code 3' },
    });
  });

  test('a running job has more data, whether it has said something or not', async () => {
    const { controller } = await setUp((context) => aborted(context));
    const { id } = await controller.start(definition(['a']));
    expect(await controller.job(id)).toMatchObject({ hasMoreData: true });
  });
}
