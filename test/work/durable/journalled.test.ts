import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JobDefinition } from '../../../src/model/definition.ts';
import type { HostedController } from '../../../src/model/ports/controller.ts';
import { EVERY_JOB } from '../../../src/model/query.ts';
import { openJournal, type FileJournal } from '../../../src/service/journal/journal.ts';
import { createController } from '../../../src/wiring.ts';
import { texts } from '../../controller/contract-rig.ts';
import { deferred, definition } from '../../controller/fakes.ts';
import { startFleet, type Fleet } from '../../fleet/sshd.ts';
import { eventually } from '../../helpers/eventually.ts';
import { remoteProcesses, signalProcess } from '../../helpers/processes.ts';
import { stateOf } from '../rig.ts';

let fleet: Fleet;
let journal: FileJournal;
let controller: HostedController;
beforeAll(async () => {
  fleet = await startFleet({ hosts: 1 });
});
afterAll(() => fleet.stop());
beforeEach(async () => begin());
afterEach(async () => {
  await controller.dispose();
  journal.close([]);
});

async function begin(): Promise<void> {
  journal = openJournal(join(fleet.folder, 'journal'), { warn: () => undefined });
  controller = createController({ keepMs: 0, journal });
  for (const job of journal.recovered) await controller.restore(job);
}

interface Waiting {
  readonly id: number;
  /** How its processes are, by the letters of proc(5). */
  readonly states: () => string;
  readonly open: () => void;
}

/** A job whose command waits for its gate. */
async function waiting(name: string, changes: Partial<JobDefinition> = {}): Promise<Waiting> {
  const gate = join(fleet.folder, name);
  const mark = `mark-${name}-${process.pid}`;
  const wait = `(until [ -e ${gate} ]; do sleep 0.02; done)`;
  const command = `export MUSTER_MARK=${mark}; echo one; ${wait}; echo two; exit 3`;
  const { id } = await controller.start(
    definition([], {
      durable: true,
      targets: [fleet.target(fleet.addresses(1)[0] ?? '')],
      access: fleet.access(),
      work: { kind: 'command', command, markers: false, records: false },
      ...changes,
    }),
  );
  const states = (): string =>
    remoteProcesses(mark)
      .map(({ pid }) => stateOf(pid) ?? '')
      .join('');
  if (changes.input === undefined) await eventually(() => states().length > 1);
  else await is(id, 'Running');
  return { id, states, open: () => writeFileSync(gate, '') };
}

async function is(id: number, state: string): Promise<void> {
  await eventually(async () => (await controller.job(id)).state === state, { what: state });
}

/** Nobody is let in until it is called again with false. */
function away(isAway: boolean): void {
  signalProcess(fleet.pid, isAway ? 'SIGSTOP' : 'SIGCONT');
  if (isAway) for (const pid of fleet.connectionPids()) signalProcess(pid, 'SIGKILL');
}

/** As its supervisor would. */
function writeEnd(instanceId = ''): void {
  const kept = join(fleet.folder, 'home/.local/state/muster/durable', instanceId);
  writeFileSync(join(kept, 'status'), 'exit 0 end'.padEnd(63).concat('\n'));
}

const HALTED = /^T+$/u;
const LOST = 'contact with it was lost';

describe('a durable command that is suspended', { timeout: 60_000 }, () => {
  test('stays so while contact is lost and when its controller ends; resumed, it goes on where it was', async () => {
    const { id, states, open } = await waiting('over');
    await controller.suspend(id);
    expect([(await controller.job(id)).state, states()]).toEqual([
      'Suspended',
      expect.stringMatching(HALTED),
    ]);
    open();
    away(true);
    await is(id, 'Disconnected');
    await expect(controller.resume(id)).rejects.toThrow(LOST);
    await expect(controller.suspend(id)).rejects.toThrow(LOST);
    away(false);
    await is(id, 'Suspended');
    expect(states()).toMatch(HALTED);

    journal.close(await controller.detach());
    await begin();
    await is(id, 'Suspended');
    expect(states()).toMatch(HALTED);
    await controller.resume(id);
    const { children } = await controller.wait(id, { until: 'finished' });
    expect(children[0]).toMatchObject({ state: 'Failed', exitCode: 3 });
    expect(await texts(controller.receive(id))).toEqual(['one', 'two']);
  });

  test('is stopped, also while it is suspended, and leaves nothing', async () => {
    const { id, states } = await waiting('stopped');
    await controller.suspend(id);
    expect(states()).toMatch(HALTED);
    await controller.stop(id, 'a test');
    const { children } = await controller.job(id);
    expect(children[0]).toMatchObject({ state: 'Stopped', endConfirmed: true });
    expect(states()).toBe('');
  });

  test('goes on when it is resumed, also where its end was written down when it was halted', async () => {
    const { id, states, open } = await waiting('ending');
    await controller.suspend(id);
    writeEnd((await controller.job(id)).children[0]?.instanceId);
    await controller.resume(id);
    expect(states()).toMatch(/^[^T]+$/u);
    open();
    await controller.wait(id, { until: 'finished' });
  });

  test('is halted no more where its end was written down by then, and is read over a new connection', async () => {
    const { id, states, open } = await waiting('ended');
    await controller.suspend(id);
    away(true);
    await is(id, 'Disconnected');
    away(false);
    await is(id, 'Suspended');
    writeEnd((await controller.job(id)).children[0]?.instanceId);
    const { children } = await controller.wait(id, { until: 'finished' });
    expect(children[0]).toMatchObject({ state: 'Completed', exitCode: 0 });
    expect(states()).toMatch(/^[^T]+$/u);
    open();
    await eventually(() => states() === '');
  });

  test('before it has its input is suspended once it has begun', async () => {
    const [rest, isOnItsWay] = [deferred<Uint8Array>(), deferred<void>()];
    const open = async function* (): AsyncGenerator<Uint8Array, void> {
      yield Buffer.from('one\n');
      isOnItsWay.resolve();
      yield await rest.promise;
    };
    const job = await waiting('input', { input: { kind: 'stream', open } });
    await isOnItsWay.promise;
    const suspended = controller.suspend(job.id);
    await is(job.id, 'Suspending');
    rest.resolve(Buffer.from('two\n'));
    await suspended;
    // It may be halted before it has its mark.
    expect([(await controller.job(job.id)).state, job.states()]).toEqual([
      'Suspended',
      expect.stringMatching(/^T*$/u),
    ]);
    job.open();
    await controller.resume(job.id);
    const { children } = await controller.wait(job.id, { until: 'finished' });
    expect(children[0]).toMatchObject({ state: 'Failed', exitCode: 3 });
  });
});

describe('what a host keeps of a durable command', { timeout: 60_000 }, () => {
  const kept = (): readonly string[] =>
    readdirSync(join(fleet.folder, 'home', '.local/state/muster/durable'));

  test('is fetched by the next controller, where it was not received, and then removed', async () => {
    const { id, open } = await waiting('fetched');
    open();
    await controller.wait(id, { until: 'finished' });
    journal.close(await controller.detach());
    expect(kept()).toHaveLength(1);
    await begin();
    const { children } = await controller.wait(id, { until: 'finished' });
    expect(children[0]).toMatchObject({ exitCode: 3, statusMessage: null });
    expect((await texts(controller.receive(id))).join('\n')).toBe('one\ntwo');
    await eventually(() => kept().length === 0);
  });

  test.each(['a later connection', 'the next controller'] as const)(
    'is removed by %s, where the host was away when its job was removed',
    async (by) => {
      const { id, open } = await waiting(by.replaceAll(' ', '-'));
      open();
      await controller.wait(id, { until: 'finished' });
      expect(kept()).toHaveLength(1);
      away(true);
      expect((await texts(controller.receive(id))).join('\n')).toBe('one\ntwo');
      await controller.remove(id);
      expect((await controller.status()).forgetting).toBe(1);
      if (by === 'the next controller') {
        journal.close(await controller.detach());
        await begin();
        expect((await controller.find(EVERY_JOB)).jobs).toEqual([]);
        expect((await controller.status()).forgetting).toBe(1);
      }
      away(false);
      await eventually(() => kept().length === 0, { deadlineMs: 15_000 });
      await eventually(async () => (await controller.status()).forgetting === 0);
    },
  );
});
