import { afterEach, describe, expect, test } from 'vitest';
import type { HostedController } from '../../src/model/ports/controller.ts';
import type { HeldReading, RemoteController } from '../../src/service/service.ts';
import { hostedOnFakes, speak, type Run } from '../controller/contract-rig.ts';
import { deferred, definition } from '../controller/fakes.ts';
import { eventually } from '../helpers/eventually.ts';
import { serveHere, type Served } from './server-rig.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

describe('a held reading', () => {
  test('holds what it read until that is acknowledged, and counts it as delivered', async () => {
    const { hosted, client } = await serve(speak('one', 'two', 'three'));
    const id = await ended(hosted);
    const reading = client.receiveHeld(id);
    expect(await seqsOf(reading)).toEqual([1, 2, 3]);
    expect(await unread(hosted, id)).toEqual([]);
    expect((await client.job(id)).hasMoreData).toBe(true);
    expect(await client.jobAfter(id, [reading])).toMatchObject({
      hasMoreData: false,
      children: [{ hasMoreData: false }],
    });
    reading.acknowledge(id + 1, 2);
    await reading.close();
    expect(await unread(hosted, id)).toEqual([3]);
  });

  test('of some streams leaves the others, and says so', async () => {
    const { hosted, client } = await serve((context) => {
      context.write('output', Buffer.from('out'));
      context.write('error', Buffer.from('err'));
      return Promise.resolve({ kind: 'exit', code: 0 });
    });
    const id = await ended(hosted);
    const readings = [
      client.receiveHeld(id, { streams: ['error'] }),
      client.receiveHeld(id),
    ] as const;
    expect(await seqsOf(readings[0])).toEqual([2]);
    expect((await client.jobAfter(id, readings)).hasMoreData).toBe(true);
    expect(await seqsOf(readings[1])).toEqual([1]);
    expect((await client.jobAfter(id, readings)).hasMoreData).toBe(false);
  });

  test('whose client goes gives back all that it did not acknowledge', async () => {
    const { served, hosted } = await serve(speak('one', 'two', 'three'));
    const id = await ended(hosted);
    const other = await served.client();
    const reading = other.receiveHeld(id);
    await seqsOf(reading);
    await other.dispose();
    await eventually(async () => (await unread(hosted, id)).length === 3);
  });

  test('that is stopped ends with what was sent, and leaves what comes later to others', async () => {
    const gate = deferred<void>();
    const { hosted, client } = await serve(async (context) => {
      context.write('output', Buffer.from('before'));
      await gate.promise;
      context.write('output', Buffer.from('after'));
      return { kind: 'exit', code: 0 };
    });
    const { id } = await hosted.start(definition(['a']));
    const following = client.followHeld(id);
    const events: string[] = [];
    for await (const event of following) {
      events.push(event.event);
      if (event.event === 'record') following.stop();
    }
    expect(events.filter((event) => event === 'record')).toHaveLength(1);
    gate.resolve();
    await hosted.wait(id);
    expect(await unread(hosted, id)).toEqual([2]);
    expect((await client.jobAfter(id, [following])).hasMoreData).toBe(false);
    await following.close();
    expect(await unread(hosted, id)).toEqual([1]);
  });

  test('that keeps holds nothing, and ends when it is stopped', async () => {
    const { hosted, client } = await serve(speak('one'));
    const id = await ended(hosted);
    const reading = client.receiveHeld(id, { keep: true });
    expect(await seqsOf(reading)).toEqual([1]);
    expect(reading.id).toBeNull();
    const gate = client.followHeld(id, { keep: true });
    gate.stop();
    expect(await seqsOf(gate)).toEqual([]);
    await reading.close();
    expect(await unread(hosted, id)).toEqual([1]);
  });

  test('of more than any buffer on the way holds nobody up', async () => {
    const { hosted, client } = await serve((context) => {
      for (let count = 0; count < 48; count += 1) context.write('output', Buffer.alloc(1e6));
      return Promise.resolve({ kind: 'exit', code: 0 });
    });
    const { id } = await hosted.start(definition(['a']));
    const reading = client.followHeld(id);
    let bytes = 0;
    for await (const event of reading) {
      if (event.event === 'record') bytes += event.record.data.byteLength;
      if (event.event === 'end') break;
    }
    expect(bytes).toBe(48e6);
    expect((await hosted.status()).bytesHeld).toBe(48e6);
    reading.acknowledge(id + 1, 48);
    await reading.close();
    expect((await hosted.status()).bytesHeld).toBe(0);
  });

  test('tells that the controller went away, also with what was acknowledged', async () => {
    const { served, hosted, client } = await serve(speak('one'));
    const id = await ended(hosted);
    const reading = client.receiveHeld(id);
    await seqsOf(reading);
    await served.server.close();
    reading.acknowledge(id + 1, 1);
    await expect(reading.close()).rejects.toMatchObject({ code: 'service' });
  });
});

interface On {
  readonly served: Served;
  readonly hosted: HostedController;
  readonly client: RemoteController;
}

async function serve(run: Run): Promise<On> {
  const [hosted] = hostedOnFakes(run);
  const served = await serveHere(hosted);
  open.push(async () => {
    await hosted.dispose();
    await served.close();
  });
  return { served, hosted, client: await served.client() };
}

async function ended(hosted: HostedController): Promise<number> {
  const { id } = await hosted.start(definition(['a']));
  await hosted.wait(id);
  return id;
}

async function seqsOf(reading: HeldReading<unknown>): Promise<readonly unknown[]> {
  const seqs: unknown[] = [];
  for await (const item of reading) {
    if (typeof item === 'object' && item !== null && 'seq' in item) seqs.push(item.seq);
  }
  return seqs;
}

/** What another reader gets, and uses up. */
async function unread(hosted: HostedController, id: number): Promise<readonly number[]> {
  const seqs: number[] = [];
  for await (const { seq } of hosted.receive(id)) seqs.push(seq);
  return seqs;
}
