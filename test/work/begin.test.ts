import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FailureError, type FailureCode } from '../../src/model/failure.ts';
import type { Connection } from '../../src/model/ports/transport.ts';
import { eventually } from '../helpers/eventually.ts';
import { signalProcess } from '../helpers/processes.ts';
import { GONE, mark, shared, startRig, type Rig } from './rig.ts';

describe('where a connection has no room for a command', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ config: ['MaxSessions 1'] });
  });
  afterAll(() => rig.close());

  /** A connection that runs as much as it may. */
  async function full(isShared: boolean): Promise<Connection> {
    const connection = await rig.connect();
    const own = mark();
    rig.begin(`${own.prefix} exec sleep 1000`, {}, connection);
    await own.count(1);
    HOLDERS.push(...own.processes().map(({ pid }) => pid));
    return shared(connection, isShared);
  }
  const HOLDERS: number[] = [];
  afterAll(() => {
    for (const pid of HOLDERS) signalProcess(pid, 'SIGKILL');
  });

  test('and others are on it, another one is asked for', async () => {
    const connections = [await full(true), await full(true), await rig.connect()];
    const doing = rig.begin('echo here', {
      connect: () => Promise.resolve(connections.shift() ?? Promise.reject(new Error('no more'))),
    });
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.output()).toBe('here\n');
    expect(connections).toEqual([]);
  });

  test('and nobody else is on it, that is the failure', async () => {
    const connection = await full(false);
    let asked = 0;
    const doing = rig.begin('echo never', {
      connect: () => {
        asked += 1;
        return Promise.resolve(connection);
      },
    });
    await expect(doing.end).rejects.toMatchObject({
      failure: { phase: 'open', code: 'channel-refused', mayHaveRun: false },
    });
    expect(asked).toBe(1);
    expect(doing.hasStarted()).toBe(false);
  });

  test('and it was kept from before, a new one is asked for', async () => {
    const kept = shared(await full(false), false, true);
    const connections = [kept, await rig.connect()];
    const doing = rig.begin('echo here', {
      connect: () => Promise.resolve(connections.shift() ?? Promise.reject(new Error('no more'))),
    });
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.output()).toBe('here\n');
  });

  test('and the job allows another attempt, it is asked for again after a rest', async () => {
    const connections = [await full(false), await rig.connect()];
    const rests: number[] = [];
    const doing = rig.begin('echo here', {
      retries: 1,
      rest: (round) => {
        rests.push(round);
        return Promise.resolve();
      },
      connect: () => Promise.resolve(connections.shift() ?? Promise.reject(new Error('no more'))),
    });
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(rests).toEqual([0]);
  });

  test('and none of many has, that is the failure', async () => {
    const connection = await full(true);
    let asked = 0;
    const doing = rig.begin('echo never', {
      connect: () => {
        asked += 1;
        return Promise.resolve(connection);
      },
    });
    await expect(doing.end).rejects.toMatchObject({ failure: { code: 'channel-refused' } });
    expect(asked).toBe(4);
  });

  test.each([
    ['was refused by the server as a command', 'exec-refused', false],
    ['may have run', 'channel-refused', true],
    ['was lost', 'lost', true],
  ] as const)('one that %s is never sent again', async (_, code: FailureCode, mayHaveRun) => {
    const connection = shared(await rig.connect(), true);
    let asked = 0;
    const failing: Connection = {
      ...connection,
      exec: () =>
        Promise.reject(
          new FailureError({ phase: 'open', code, message: 'made up', mayHaveRun, via: null }),
        ),
    };
    const doing = rig.begin('echo never', {
      connect: () => {
        asked += 1;
        return Promise.resolve(failing);
      },
    });
    await expect(doing.end).rejects.toMatchObject({ failure: { code, mayHaveRun } });
    expect(asked).toBe(1);
  });
});

describe('a command whose child is suspended before it is sent', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  test('waits with an open connection, and is sent when it is resumed', async () => {
    let resume: () => void = () => undefined;
    const connection = await rig.connect();
    const doing = rig.begin(
      'echo begun',
      { go: () => new Promise((resolve) => (resume = resolve)) },
      connection,
    );
    await rig.begin('true', {}, connection).end;
    expect(doing.hasStarted()).toBe(false);
    expect(doing.suspendable()).toBe(null);
    expect(connection.running).toEqual([]);
    resume();
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.output()).toBe('begun\n');
  });

  test('is stopped at once, and never sent', async () => {
    const connection = await rig.connect();
    let isWaiting = false;
    const doing = rig.begin(
      'echo never',
      {
        go: () => {
          isWaiting = true;
          return new Promise(() => undefined);
        },
      },
      connection,
    );
    await eventually(() => isWaiting);
    const { end, ms } = await doing.stop();
    expect(end).toEqual(GONE);
    expect(ms).toBeLessThan(500);
    expect(doing.hasStarted()).toBe(false);
    expect(connection.running).toEqual([]);
  });

  test('finds another connection where its own died meanwhile', async () => {
    let resume: () => void = () => undefined;
    const connections = [await rig.connect(), await rig.connect()];
    const [first] = connections;
    const gone = new Promise<void>((resolve) => (resume = resolve));
    const doing = rig.begin('echo begun', {
      connect: () => Promise.resolve(connections.shift() ?? Promise.reject(new Error('no more'))),
      go: () => gone,
    });
    await eventually(() => connections.length === 1);
    first?.destroy();
    // A moment would not count as a suspension.
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    resume();
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    expect(doing.output()).toBe('begun\n');
  });
});
