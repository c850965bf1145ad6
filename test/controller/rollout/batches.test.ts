import { describe, expect, test } from 'vitest';
import { aborted } from '../contract-rig.ts';
import { hostsOf, RolloutRig, sizes } from './rig.ts';

function chances(...numbers: number[]): () => number {
  return () => numbers.shift() ?? 0;
}

describe('batches', () => {
  test('a batch begins when all of the one before has finished; inside it the fanout slides', async () => {
    const rig = new RolloutRig();
    await rig.start(hostsOf('abcdef'), { batches: sizes(1, 3) }, { fanout: 2 });
    expect([await rig.states(), (await rig.view()).statusMessage]).toEqual([
      'RNNNNN',
      'batch 1 of 3',
    ]);
    await rig.end('a');
    expect([await rig.states(), (await rig.view()).statusMessage]).toEqual([
      'CRRNNN',
      'batch 2 of 3',
    ]);
    await rig.end('c');
    expect(await rig.states()).toBe('CRCRNN');
    await rig.end('b', 1);
    expect(await rig.states()).toBe('CFCRNN');
    await rig.end('d');
    expect(await rig.states()).toBe('CFCCRR');
    await rig.end('ef');
    expect(await rig.view()).toMatchObject({ state: 'Failed', statusMessage: null });
    expect([rig.began.join(''), rig.clock.pending]).toEqual(['abcdef', 0]);
  });

  test('between two of them there is a rest, of which the job tells how long it still is', async () => {
    const rig = new RolloutRig();
    await rig.start(hostsOf('abc'), { batches: sizes(1), pauseMs: 10_000 });
    await rig.end('a');
    expect(await rig.view()).toMatchObject({
      state: 'Running',
      statusMessage: 'batch 2 of 3 in 10 s',
      progress: { text: 'batch 2 of 3' },
    });
    await rig.clock.advance(6500);
    expect((await rig.view()).statusMessage).toBe('batch 2 of 3 in 4 s');
    expect(await rig.states()).toBe('CNN');
    await rig.clock.advance(3500);
    expect(await rig.states()).toBe('CRN');
    await rig.end('b');
    await rig.clock.advance(10_000);
    await rig.end('c');
    expect([(await rig.view()).state, rig.clock.pending]).toEqual(['Completed', 0]);
  });

  test('what commands say of their progress stands beside the batch', async () => {
    const rig = new RolloutRig({
      run: (context) => {
        context.progress({ percent: 50, text: '' });
        return aborted(context);
      },
    });
    await rig.start(hostsOf('ab'), { batches: sizes(1) });
    expect((await rig.view()).statusMessage).toBe('batch 1 of 2, 25%');
    await rig.controller.dispose();
  });

  test('a job stopped in a rest is Stopped at once, and leaves no timer', async () => {
    const rig = new RolloutRig();
    const id = await rig.start(hostsOf('abc'), { batches: sizes(1), pauseMs: 10_000 });
    await rig.end('a');
    await rig.controller.stop(id, 'a test');
    expect(await rig.states()).toBe('CS!S!');
    expect(await rig.view()).toMatchObject({
      state: 'Stopped',
      statusMessage: null,
      children: [{}, { statusMessage: 'stopped by a test; not started', failure: null }, {}],
    });
    expect([rig.began.join(''), rig.clock.pending]).toEqual(['a', 0]);
  });

  test('a job stopped while a batch runs begins no other', async () => {
    const rig = new RolloutRig();
    const id = await rig.start(hostsOf('abcd'), { batches: sizes(1), shuffle: true });
    await rig.controller.stop(id, 'a test');
    expect([await rig.states(), rig.began.length]).toEqual(['S!S!S!S!', 1]);
  });

  test('nor does one whose batch waited in the queue only', async () => {
    const rig = new RolloutRig();
    const id = await rig.start(hostsOf('abc'), { batches: sizes(2) }, { fanout: 1 });
    await rig.controller.suspend(id + 2);
    await rig.end('a');
    expect(await rig.states()).toBe('CUN');
    await rig.controller.stop(id, 'a test');
    expect([await rig.states(), rig.began.join('')]).toEqual(['CS!S!', 'a']);
  });

  test('a job suspended in a rest begins nothing when that is over, and the batch when it is resumed', async () => {
    const rig = new RolloutRig();
    const id = await rig.start(hostsOf('abc'), { batches: sizes(1), pauseMs: 10_000 });
    await rig.end('a');
    await rig.controller.suspend(id);
    await rig.clock.advance(20_000);
    expect([(await rig.view()).state, await rig.states()]).toEqual(['Suspended', 'CUU']);
    await rig.controller.resume(id);
    expect(await rig.states()).toBe('CRN');
    await rig.controller.suspend(id + 3);
    await rig.controller.resume(id + 3);
    expect(await rig.states()).toBe('CRN');
    await rig.controller.stop(id, 'a test');
    expect(rig.clock.pending).toBe(0);
  });

  test('a batch whose children were all stopped is passed over', async () => {
    const rig = new RolloutRig();
    const id = await rig.start(hostsOf('abc'), { batches: sizes(1) });
    await rig.controller.stop(id + 2, 'a test');
    await rig.end('a');
    expect(await rig.states()).toBe('CS!R');
    await rig.end('c');
    expect((await rig.view()).state).toBe('Stopped');
  });
});

describe('a question between batches', () => {
  async function answer(rig: RolloutRig, text: string): Promise<void> {
    const { id, children } = await rig.view();
    const asking = children.find(({ question }) => question !== null)?.question;
    await rig.controller.answer(id, asking?.id ?? '', text);
    await rig.clock.advance(0);
  }

  test('comes after the rest; the wait for its answer is no part of the time of the child that asks', async () => {
    const rig = new RolloutRig();
    await rig.start(hostsOf('abc'), { batches: sizes(1), confirm: true, pauseMs: 1000 });
    await rig.end('a');
    expect(await rig.states()).toBe('CNN');
    await rig.clock.advance(1000);
    expect(await rig.states()).toBe('CBN');
    await rig.clock.advance(60_000);
    await answer(rig, 'y');
    await rig.clock.advance(500);
    await rig.end('b');
    expect((await rig.view()).children[1]).toMatchObject({ state: 'Completed', durationMs: 500 });
    await rig.clock.advance(1000);
    await answer(rig, 'n');
    expect([await rig.states(), rig.began.join(''), rig.clock.pending]).toEqual(['CCX', 'ab', 0]);
  });

  test('that is not answered again and again is answered with no', async () => {
    const rig = new RolloutRig();
    await rig.start(hostsOf('ab'), { batches: sizes(1), confirm: true });
    await rig.end('a');
    for (let round = 0; round < 4; round += 1) await answer(rig, '');
    expect(await rig.states()).toBe('CB');
    await answer(rig, 'what?');
    expect(await rig.states()).toBe('CX');
  });

  test('is asked by whoever is not suspended, and by the first that is resumed', async () => {
    const rig = new RolloutRig();
    const id = await rig.start(hostsOf('abc'), {
      batches: sizes(1, 2),
      confirm: true,
      pauseMs: 1000,
    });
    await rig.end('a');
    await rig.controller.suspend(id);
    await rig.clock.advance(1000);
    expect(await rig.states()).toBe('CUU');
    await rig.controller.resume(id + 3);
    await rig.clock.advance(0);
    expect(await rig.states()).toBe('CUB');
    await answer(rig, 'y');
    expect(await rig.states()).toBe('CUR');
    await rig.controller.resume(id + 2);
    await rig.clock.advance(0);
    expect(await rig.states()).toBe('CRR');
    await rig.end('bc');
    expect((await rig.view()).state).toBe('Completed');
  });
});

describe('an order of chance', () => {
  test('decides who begins; ids stay in target order', async () => {
    const rig = new RolloutRig({ random: chances(0.9, 0.1, 0.5, 0.3) });
    const id = await rig.start(hostsOf('abcd'), { shuffle: true, batches: sizes(1) });
    for (let at = 0; at < 4; at += 1) await rig.end('abcd');
    expect(rig.began.join('')).toBe('bdca');
    expect((await rig.view()).children.map((child) => [child.id - id, child.host])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
      [4, 'd'],
    ]);
  });
});

describe('a splay', () => {
  test('lets each child begin at a time of its own, and meanwhile it takes nobody’s turn', async () => {
    const rig = new RolloutRig({ random: chances(0.9, 0.1, 0.5) });
    await rig.start(hostsOf('abc'), { splayMs: 10_000 }, { fanout: 1 });
    expect(await rig.states()).toBe('NNN');
    await rig.clock.advance(1000);
    expect(await rig.states()).toBe('NRN');
    await rig.end('b');
    await rig.clock.advance(4000);
    expect(await rig.states()).toBe('NCR');
    await rig.clock.advance(4000);
    // Its time has come, its turn has not.
    expect(await rig.states()).toBe('NCR');
    await rig.end('c');
    expect([await rig.states(), rig.clock.pending]).toEqual(['RCC', 0]);
    await rig.end('a');
    expect((await rig.view()).state).toBe('Completed');
  });

  test('is counted anew in each batch', async () => {
    const rig = new RolloutRig({ random: () => 0.5 });
    await rig.start(hostsOf('ab'), { splayMs: 2000, batches: sizes(1) });
    await rig.clock.advance(1000);
    await rig.end('a');
    await rig.clock.advance(999);
    expect(await rig.states()).toBe('CN');
    await rig.clock.advance(1);
    expect(await rig.states()).toBe('CR');
    await rig.end('b');
  });

  test('who is stopped or suspended meanwhile does not begin; who is resumed begins at the same time', async () => {
    const rig = new RolloutRig({ random: chances(0.2, 0.4, 0.6, 0.8) });
    const id = await rig.start(hostsOf('abcd'), { splayMs: 10_000 });
    await rig.controller.stop(id + 1, 'a test');
    await rig.controller.suspend(id + 2);
    await rig.controller.suspend(id + 3);
    await rig.controller.resume(id + 3);
    expect(await rig.states()).toBe('S!UNN');
    await rig.clock.advance(6000);
    expect(await rig.states()).toBe('S!URN');
    await rig.controller.resume(id + 2);
    await rig.clock.advance(0);
    expect(await rig.states()).toBe('S!RRN');
    await rig.controller.stop(id, 'a test');
    expect([await rig.states(), rig.clock.pending]).toEqual(['S!S!S!S!', 0]);
  });
});
