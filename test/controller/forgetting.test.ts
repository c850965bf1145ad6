import { describe, expect, test } from 'vitest';
import { ChildResources } from '../../src/controller/child-resources.ts';
import type { Keeping } from '../../src/controller/forget-on-host.ts';
import { Forgetting } from '../../src/controller/forgetting.ts';
import { Routes } from '../../src/controller/routes.ts';
import { createThrottle } from '../../src/controller/throttle.ts';
import type { RecordLog } from '../../src/model/ports/results.ts';
import { createResultStore } from '../../src/results/result-store.ts';
import {
  definition,
  failure,
  FakeClock,
  FakeTransport,
  scripted,
  settled,
  target,
  journalOf,
} from './fakes.ts';

interface Rig {
  readonly clock: FakeClock;
  readonly transport: FakeTransport;
  readonly forgetting: Forgetting;
  /** Hosts that can be reached. */
  readonly up: Set<string>;
  /** What was told, and written down. */
  readonly told: string[];
  readonly forgotten: number[];
  /** Hosts that were asked to forget, and what the next ones say to that. */
  readonly asked: string[];
  answer: () => Promise<string | null>;
  readonly owe: (
    childId: number,
    host: string,
    log?: RecordLog | null,
    resources?: ChildResources,
  ) => void;
}

function rig(up: readonly string[] = [], hasJournal = true): Rig {
  const clock = new FakeClock();
  const [told, forgotten, asked]: [string[], number[], string[]] = [[], [], []];
  const transport = new FakeTransport(({ target: { name } }) =>
    made.up.has(name)
      ? Promise.resolve(transport.connection(target(name)))
      : Promise.reject(failure('refused')),
  );
  const reacher = {
    clock,
    transport,
    random: () => 0.5,
    logins: createThrottle(64),
    routes: new Routes(),
  };
  const journal = journalOf({
    forgotten: (childId) => void forgotten.push(childId),
  });
  const kept = (hosts: readonly string[], why: string): void =>
    void told.push(`${hosts.join()}: ${why}`);
  const kind = {
    ...scripted(() => Promise.resolve({ kind: 'done' })),
    forget: async (_: unknown, context: { connect(): Promise<{ readonly address: string }> }) => {
      asked.push((await context.connect()).address);
      return made.answer();
    },
  };
  const forgetting = new Forgetting({ reacher, journal: hasJournal ? journal : null, kept });
  const made: Rig = {
    clock,
    transport,
    forgetting,
    told,
    forgotten,
    asked,
    up: new Set(up),
    answer: () => Promise.resolve(null),
    owe: (childId, host, log = null, resources = new ChildResources()) => {
      const keeping: Keeping = {
        jobId: 1,
        childId,
        instanceId: `of ${childId}`,
        target: target(host),
        definition: definition([host], { durable: true }),
        kind,
        spec: { kind: 'scripted' },
        places: { output: 0, error: 0 },
      };
      forgetting.owe(keeping, log, resources);
    },
  };
  return made;
}

describe('what durable work has left on a host', () => {
  test('is forgotten once its records were received, over the connection that was there', async () => {
    const { clock, transport, forgetting, owe, asked, forgotten } = rig();
    const store = createResultStore();
    const log = store.open(2);
    log.append('output', Buffer.from('x'), 0);
    log.close();
    const resources = new ChildResources();
    resources.hold(transport.connection(target('a')));
    owe(2, 'a', log, resources);
    await clock.advance(500);
    expect([asked, forgetting.count, forgetting.owing(1)]).toEqual([[], 0, [2]]);
    store.drop(2);
    await settled();
    expect([asked, forgotten, forgetting.owing(1)]).toEqual([['a'], [2], []]);
    expect([transport.requests.length, transport.released, clock.pending]).toEqual([0, 1, 0]);
  });

  test('is asked for again while the host is away, after waits that grow, until it is there', async () => {
    const { clock, transport, forgetting, owe, up, asked, forgotten, told } = rig();
    owe(2, 'a');
    await clock.advance(60_000);
    expect(transport.requests.length).toBeLessThan(12);
    expect([forgetting.count, forgetting.owing(1), forgotten]).toEqual([1, [2], []]);
    up.add('a');
    await clock.advance(15_000);
    expect([asked, forgotten, told, forgetting.count]).toEqual([['a'], [2], [], 0]);
    expect([transport.released, clock.pending]).toEqual([1, 0]);
  });

  test('is asked for again where contact was lost meanwhile', async () => {
    const made = rig(['a']);
    const losses = [failure('lost')];
    made.answer = () => {
      const loss = losses.shift();
      return loss === undefined ? Promise.resolve(null) : Promise.reject(loss);
    };
    made.owe(2, 'a');
    await made.clock.advance(5_000);
    expect([made.asked, made.forgotten, made.told]).toEqual([['a', 'a'], [2], []]);
  });

  test('is given up after a time, and told of once', async () => {
    const { clock, transport, owe, forgotten, told } = rig();
    owe(2, 'a');
    await clock.advance(901_001);
    expect([told, forgotten]).toEqual([['a: it was not reached'], [2]]);
    const { length } = transport.requests;
    await clock.advance(900_000);
    expect([transport.requests.length, told.length, clock.pending]).toEqual([length, 1, 0]);
  });

  test('stays where the host says why: hosts with the same trouble are told of in one sentence', async () => {
    const made = rig(['a', 'b']);
    made.answer = () => Promise.resolve('its command still runs');
    made.owe(2, 'a');
    made.owe(3, 'b');
    await made.clock.advance(2_000);
    expect(made.told).toEqual(['a,b: its command still runs']);
    expect([made.asked.length, made.forgotten]).toEqual([2, [2, 3]]);
  });

  test('is not asked for of a host that lets nobody in any more', async () => {
    const { clock, transport, owe, told } = rig();
    transport.connectWith = () => Promise.reject(failure('auth-denied', 'no'));
    owe(2, 'a');
    await clock.advance(60_000);
    expect(transport.requests).toHaveLength(1);
    expect(told).toEqual(['a: contact was lost, and cannot be made again: no']);
  });

  test('leaves the logins to others, however many hosts are away', async () => {
    const { clock, transport, owe } = rig();
    let [now, most] = [0, 0];
    transport.connectWith = async () => {
      most = Math.max(most, (now += 1));
      await new Promise<void>((resolve) => clock.after(10_000, resolve));
      now -= 1;
      throw failure('connect-timeout');
    };
    for (let id = 2; id < 102; id += 1) owe(id, `h${id}`);
    await clock.advance(60_000);
    expect(most).toBe(4);
  });
});

describe('at the end of a controller', () => {
  test('hosts have a moment; what is owed then is for the next one', async () => {
    const { clock, forgetting, owe, forgotten, told } = rig(['a']);
    owe(2, 'a');
    owe(3, 'b');
    let isOver = false;
    void forgetting.settled(() => false).then(() => (isOver = true));
    await clock.advance(2_999);
    expect([isOver, forgotten]).toEqual([false, [2]]);
    await clock.advance(1);
    expect([isOver, forgotten, told, forgetting.owing(1)]).toEqual([true, [2], [], [3]]);
    expect(clock.pending).toBe(0);
  });

  test('where there is no next one, it is told of at once', async () => {
    const { clock, forgetting, owe, told } = rig([], false);
    owe(2, 'a');
    const over = forgetting.settled(() => false);
    await clock.advance(3_000);
    await over;
    expect(told).toEqual(['a: not reached in time']);
  });

  test('what nobody has received goes, but for the jobs that are left to the next one', async () => {
    for (const isLeft of [true, false]) {
      const { clock, forgetting, owe, asked } = rig(['a']);
      const log = createResultStore().open(2);
      log.append('output', Buffer.from('x'), 0);
      log.close();
      owe(2, 'a', log);
      const over = forgetting.settled(() => isLeft);
      await clock.advance(3_000);
      await over;
      expect(asked).toEqual(isLeft ? [] : ['a']);
    }
  });
});
