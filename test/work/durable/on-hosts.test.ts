import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobDefinition } from '../../../src/model/definition.ts';
import type { ChildView } from '../../../src/model/job.ts';
import type { HostedController, Received } from '../../../src/model/ports/controller.ts';
import type { WorkSpec } from '../../../src/model/ports/work.ts';
import { createController } from '../../../src/wiring.ts';
import { commandSpec, scriptSpec } from '../../../src/work/kinds.ts';
import { definition } from '../../controller/fakes.ts';
import { startFleet, type Fleet } from '../../fleet/sshd.ts';
import { eventually } from '../../helpers/eventually.ts';
import { remoteProcesses, signalProcess } from '../../helpers/processes.ts';

let fleet: Fleet;
/** Takes one session a connection. */
let narrow: Fleet;
let controller: HostedController;
let count = 0;
beforeAll(async () => {
  fleet = await startFleet({ hosts: 1 });
  narrow = await startFleet({ hosts: 1, config: ['MaxSessions 1'] });
  controller = createController({ keepMs: 0 });
});
afterAll(async () => {
  await controller.dispose();
  await Promise.all([fleet.stop(), narrow.stop()]);
});

interface Begun {
  readonly id: number;
  /** Creates the file of that name, which its command waits for. */
  readonly open: (name: string) => void;
  readonly child: () => Promise<ChildView>;
  /** Waits until its command has said so much on its output. */
  readonly said: (bytes: number) => Promise<unknown>;
  readonly end: () => Promise<ChildView>;
  /** What it said, by streams. */
  readonly all: () => Promise<Readonly<Partial<Record<Received['stream'], string>>>>;
  /** Those of its command on the host. */
  readonly processes: () => number;
}

type Changes = Partial<JobDefinition> & { readonly on?: Fleet };

/** `work` is told how it waits for a name, as a shell has it. */
async function begin(
  work: (waitFor: (name: string) => string) => WorkSpec,
  { on = fleet, ...changes }: Changes = {},
): Promise<Begun> {
  const base = join(on.folder, `gate-${(count += 1)}`);
  const mark = `mark-${process.pid}-${count}`;
  const waitFor = (name: string): string =>
    `until [ -e ${base}-${name} ]; do sleep 0.02; : ${mark}; done`;
  const { id } = await controller.start(
    definition([], {
      durable: true,
      targets: [on.target(on.addresses(1)[0] ?? '')],
      access: on.access(),
      work: work(waitFor),
      ...changes,
    }),
  );
  const child = async (): Promise<ChildView> => {
    const [only] = (await controller.job(id)).children;
    if (only === undefined) throw new Error('it has no child');
    return only;
  };
  return {
    id,
    child,
    open: (name) => writeFileSync(`${base}-${name}`, ''),
    said: (bytes) =>
      eventually(async () => (await child()).bytes.output >= bytes, { what: `${bytes} bytes` }),
    end: async () => {
      await controller.wait(id, { until: 'finished' });
      return child();
    },
    all: async () => {
      const texts: Partial<Record<Received['stream'], string>> = {};
      for await (const { stream, data } of controller.receive(id))
        texts[stream] = (texts[stream] ?? '') + Buffer.from(data).toString();
      return texts;
    },
    processes: () => remoteProcesses(mark).length,
  };
}

const command =
  (text: (waitFor: (name: string) => string) => string, options: object = {}) =>
  (waitFor: (name: string) => string): WorkSpec =>
    commandSpec(text(waitFor), options);

async function cut(on: Fleet, { id }: Begun): Promise<void> {
  const { attempts } = (await controller.job(id)).children[0] ?? { attempts: 0 };
  for (const pid of on.connectionPids()) signalProcess(pid, 'SIGKILL');
  await eventually(async () => {
    const [child] = (await controller.job(id)).children;
    return child !== undefined && child.attempts > attempts && child.state === 'Running';
  });
}

/** Nobody is let in until it is called again with false. */
function away(isAway: boolean): void {
  signalProcess(fleet.pid, isAway ? 'SIGSTOP' : 'SIGCONT');
  if (isAway) for (const pid of fleet.connectionPids()) signalProcess(pid, 'SIGKILL');
}

async function is({ child }: Begun, state: string): Promise<void> {
  await eventually(async () => (await child()).state === state, { what: state });
}

describe('a durable script', { timeout: 60_000 }, () => {
  test.each(['stdin', 'file'] as const)('sent by %s goes on over a cut', async (via) => {
    const script = (waitFor: string): Buffer =>
      Buffer.from(`#!/bin/sh\necho "one $1"; ${waitFor}; echo two; cat; exit 4\n`);
    const input = { kind: 'stream', open: bytesOf(Buffer.from('its input\n')) } as const;
    const job = await begin(
      (waitFor) => scriptSpec('x.sh', script(waitFor('a')), { via, args: ['a  b'] }),
      via === 'file' ? { input } : {},
    );
    await job.said(4);
    await cut(fleet, job);
    job.open('a');
    expect(await job.end()).toMatchObject({ exitCode: 4 });
    const rest = via === 'file' ? 'its input\n' : '';
    expect(await job.all()).toEqual({ output: `one a  b\ntwo\n${rest}` });
  });
});

describe('markers of a durable command', { timeout: 60_000 }, () => {
  test('are each one record, also where the connection is cut within one', async () => {
    const job = await begin(
      command(
        (waitFor) =>
          `echo plain; printf '::warn'; ${waitFor('a')}; printf 'ing::be'; ${waitFor('b')}; echo ware; echo '::progress 40::half'; echo end`,
        { markers: true },
      ),
    );
    await job.said(6);
    await cut(fleet, job);
    job.open('a');
    await cut(fleet, job);
    job.open('b');
    expect(await job.end()).toMatchObject({ exitCode: 0 });
    expect(await job.all()).toEqual({
      output: 'plain\nend\n',
      warning: 'beware\n',
      progress: '40% half\n',
    });
  });
});

describe('while contact is lost', { timeout: 60_000 }, () => {
  test.each(['a time limit', 'a stop'] as const)(
    '%s ends a durable command, confirmed once the host is there again',
    async (what) => {
      const timeoutMs = what === 'a stop' ? null : 700;
      const job = await begin(
        command((waitFor) => `echo one; ${waitFor('a')}`),
        { timeoutMs },
      );
      await job.said(4);
      away(true);
      await is(job, 'Disconnected');
      const stopping = timeoutMs === null ? controller.stop(job.id, 'a test') : null;
      if (stopping !== null) await is(job, 'Stopping');
      else await eventually(async () => ((await job.child()).durationMs ?? 0) > 750);
      away(false);
      await stopping;
      expect(await job.end()).toMatchObject(
        timeoutMs === null
          ? { state: 'Stopped', endConfirmed: true }
          : { state: 'Failed', failure: { code: 'timeout' }, endConfirmed: true },
      );
      expect(job.processes()).toBe(0);
    },
  );

  test('the folder on the host goes: it is lost, may have run, is begun no second time, and no stop is said to have ended it', async () => {
    const begun = join(fleet.folder, 'begun');
    for (const isStopped of [false, true]) {
      const job = await begin(command((waitFor) => `echo x >>${begun}; echo one; ${waitFor('a')}`));
      await job.said(4);
      away(true);
      await is(job, 'Disconnected');
      const home = join(fleet.folder, 'home');
      renameSync(join(home, '.local'), join(home, `.elsewhere-${isStopped}`));
      const stopping = isStopped ? controller.stop(job.id, 'a test') : null;
      away(false);
      await stopping;
      const ended = await job.end();
      if (isStopped) {
        expect(ended).toMatchObject({ state: 'Stopped', endConfirmed: false });
        expect(ended.statusMessage).toContain('what the host kept of it is gone');
      } else {
        expect(ended.failure).toEqual({
          phase: 'run',
          code: 'lost',
          message: 'what the host kept of it is gone',
          mayHaveRun: true,
          via: null,
        });
      }
      job.open('a');
      await eventually(() => job.processes() === 0);
      expect(existsSync(join(home, '.local'))).toBe(false);
    }
    expect(readFileSync(begun, 'utf8')).toBe('x\nx\n');
  });
});

describe('a host that takes one session a connection (MaxSessions 1)', { timeout: 60_000 }, () => {
  test('is followed over a cut, and refuses to suspend', async () => {
    const job = await begin(
      command((waitFor) => `echo one; ${waitFor('a')}; echo two`),
      { on: narrow },
    );
    await job.said(4);
    await expect(controller.suspend(job.id)).rejects.toThrow('the host allows no second session');
    await cut(narrow, job);
    job.open('a');
    expect(await job.end()).toMatchObject({ exitCode: 0 });
    expect(await job.all()).toEqual({ output: 'one\ntwo\n' });
    const kept = join(narrow.folder, 'home', '.local/state/muster/durable');
    await eventually(() => readdirSync(kept).length === 0);
  });

  test('has a command stopped, confirmed', async () => {
    const job = await begin(
      command((waitFor) => `trap '' TERM; echo one; ${waitFor('a')}`),
      { on: narrow, graceMs: 200 },
    );
    await job.said(4);
    await controller.stop(job.id, 'a test');
    expect(await job.end()).toMatchObject({ state: 'Stopped', endConfirmed: true });
    expect(job.processes()).toBe(0);
  });
});

test('100 MB of input come whole', { timeout: 60_000 }, async () => {
  const piece = Buffer.alloc(1_000_000, 'muster');
  const hash = createHash('sha256');
  for (let pieces = 0; pieces < 100; pieces += 1) hash.update(piece);
  const open = async function* (): AsyncGenerator<Uint8Array, void> {
    for (let pieces = 0; pieces < 100; pieces += 1) yield await Promise.resolve(piece);
  };
  const job = await begin(
    command(() => 'sha256sum'),
    { input: { kind: 'stream', open } },
  );
  expect(await job.end()).toMatchObject({ exitCode: 0 });
  expect(await job.all()).toEqual({ output: `${hash.digest('hex')}  -\n` });
});

function bytesOf(bytes: Uint8Array): () => AsyncGenerator<Uint8Array, void> {
  return async function* () {
    yield await Promise.resolve(bytes);
  };
}
