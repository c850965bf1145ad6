import { getEventListeners } from 'node:events';
import { chmodSync, linkSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createListener, type Socket } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/model/errors.ts';
import type { HostedController, Reading, Received } from '../../src/model/ports/controller.ts';
import { EVERY_JOB } from '../../src/model/query.ts';
import { connect } from '../../src/service/client/connect.ts';
import type { RemoteController } from '../../src/service/service.ts';
import { ACKNOWLEDGE_AFTER } from '../../src/service/wire/protocol.ts';
import {
  hostedOnFakes,
  speak,
  succeed,
  untilAborted,
  type Run,
} from '../controller/contract-rig.ts';
import { deferred, definition } from '../controller/fakes.ts';
import { eventually } from '../helpers/eventually.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { pathsIn, serveHere, VERSION, type Served } from './server-rig.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

interface On {
  readonly served: Served;
  readonly hosted: HostedController;
  readonly client: RemoteController;
}

async function serve(
  run: Run,
  change: (hosted: HostedController) => void = () => undefined,
): Promise<On> {
  const [hosted] = hostedOnFakes(run);
  change(hosted);
  const served = await serveHere(hosted);
  open.push(async () => {
    await hosted.dispose();
    await served.close();
  });
  return { served, hosted, client: await served.client() };
}

describe('connecting', () => {
  test('finds nobody where there is no folder, no socket, or one that was left behind', async () => {
    const folder = temporaryFolder('cl');
    open.push(async () => Promise.resolve(rmSync(folder, { recursive: true })));
    expect(await connect(pathsIn(join(folder, 'none')), VERSION)).toBeNull();
    expect(await connect(pathsIn(folder), VERSION)).toBeNull();
    const paths = pathsIn(folder);
    const stale = await leftBehind(paths.socket);
    expect(stale).toBe(true);
    expect(await connect(paths, VERSION)).toBeNull();
  });

  test.each([
    ['a folder that others can enter', (on: Served) => chmodSync(on.paths.folder, 0o711)],
    ['a socket that others can write to', (on: Served) => chmodSync(on.paths.socket, 0o622)],
    [
      'a file in place of the socket',
      (on: Served) => {
        rmSync(on.paths.socket);
        writeFileSync(on.paths.socket, '', { mode: 0o600 });
      },
    ],
    [
      'a link in place of the socket',
      (on: Served) => {
        rmSync(on.paths.socket);
        symlinkSync('/dev/null', on.paths.socket);
      },
    ],
  ])('refuses %s', async (_, spoil) => {
    const { served } = await serve(succeed);
    spoil(served);
    await expect(connect(served.paths, VERSION)).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'service',
      message: expect.stringContaining('cannot be trusted') as string,
    });
  });

  test('gives up on a controller that takes connections and never answers, and says so', async () => {
    const folder = temporaryFolder('cl');
    const paths = pathsIn(folder);
    const taken = new Set<Socket>();
    const silent = createListener((socket) => taken.add(socket));
    await new Promise<void>((resolve) => silent.listen(paths.socket, resolve));
    chmodSync(paths.socket, 0o600);
    open.push(async () => {
      for (const socket of taken) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
      rmSync(folder, { recursive: true });
    });
    await expect(connect(paths, VERSION, { answerMs: 100 })).rejects.toMatchObject({
      code: 'service',
      message: 'the controller does not answer',
      hint: expect.stringContaining(paths.lock) as string,
    });
    expect(taken.size).toBe(1);
  });

  test('refuses a controller of another version and says which; it can still be asked and ended', async () => {
    const { served } = await serve(succeed);
    await expect(connect(served.paths, '1.0.0')).rejects.toMatchObject({
      code: 'service',
      message: `the controller that runs (pid ${process.pid}) is muster ${VERSION}, this is muster 1.0.0`,
      hint: expect.stringContaining('muster controller stop') as string,
    });
    const other = await connect(served.paths, '1.0.0', { anyVersion: true });
    expect((await other?.serviceStatus())?.version).toBe(VERSION);
    await expect(other?.find(EVERY_JOB)).rejects.toMatchObject({ code: 'service' });
    await other?.dispose();
  });
});

describe('a passphrase', () => {
  const asking = (right: string, heard: string[]): ((hosted: HostedController) => void) => {
    return (hosted) => {
      const start = hosted.start.bind(hosted);
      // As the credentials do: three times at most.
      hosted.start = async (definition, options) => {
        for (let count = 1; count <= 3; count += 1) {
          const answer = await definition.access.passphrase?.('/key');
          heard.push(answer ?? 'nobody');
          if (answer === right) return start(definition, options);
        }
        throw new ConfigError('key-file', 'wrong three times');
      };
    };
  };
  const access = (answers: string[], asked: string[]) => ({
    ...definition([]).access,
    passphrase: (file: string) => {
      asked.push(file);
      return Promise.resolve(answers.shift() ?? '');
    },
  });

  test('is asked for at the client, again while it is wrong', async () => {
    const heard: string[] = [];
    const asked: string[] = [];
    const { client } = await serve(succeed, asking('right', heard));
    const job = await client.start(definition(['a'], { access: access(['no', 'right'], asked) }));
    expect(job.counts.total).toBe(1);
    expect(asked).toEqual(['/key', '/key']);
    // Each preparation anew hears what was said so far, in order.
    expect(heard).toEqual(['no', 'no', 'right']);
  });

  test('that is wrong three times is an error of the job’s', async () => {
    const asked: string[] = [];
    const { client, hosted } = await serve(succeed, asking('right', []));
    const wrong = access(['1', '2', '3', 'right'], asked);
    await expect(client.start(definition(['a'], { access: wrong }))).rejects.toMatchObject({
      code: 'key-file',
      message: 'wrong three times',
    });
    expect(asked).toHaveLength(3);
    expect((await hosted.find(EVERY_JOB)).jobs).toEqual([]);
  });

  test('is asked of nobody where nobody can be asked', async () => {
    const heard: string[] = [];
    const { client } = await serve(succeed, asking('right', heard));
    await expect(client.start(definition(['a']))).rejects.toMatchObject({ code: 'key-file' });
    expect(heard).toEqual(['nobody', 'nobody', 'nobody']);
  });

  test('is not kept for a later time', async () => {
    let kept: ((file: string) => Promise<string>) | null = null;
    const { client } = await serve(succeed, (hosted) => {
      const start = hosted.start.bind(hosted);
      hosted.start = async (definition, options) => {
        kept = definition.access.passphrase;
        await kept?.('/key');
        return start(definition, options);
      };
    });
    await client.start(definition(['a'], { access: access(['right'], []) }));
    const later = kept as ((file: string) => Promise<string>) | null;
    await expect(later?.('/key')).rejects.toMatchObject({ code: 'key-file' });
  });
});

describe('input', () => {
  const reading: Run = async (context) => {
    for await (const chunk of context.input?.() ?? []) context.write('output', chunk);
    return { kind: 'exit', code: 0 };
  };

  test('reaches every child whole, also of a job that runs again', async () => {
    const { client } = await serve(reading);
    const pieces = Array.from({ length: 300 }, (_, index) => `${index} ${'x'.repeat(997)}\n`);
    const { id } = await client.start(
      definition(['a', 'b', 'c'], { fanout: 1, input: streamOf(pieces) }),
    );
    await client.wait(id);
    const again = await client.rerun({ id, hosts: ['completed'], agent: null });
    await client.wait(again.id);
    for (const job of [id, again.id]) {
      expect(await textsByChild(client, job)).toEqual(Array(3).fill(pieces.join('')));
    }
  });

  test('is read no further than it is wanted, and let go when the job ends', async () => {
    let given = 0;
    const letGo = deferred<void>();
    const { client } = await serve(async (context) => {
      for await (const chunk of context.input?.() ?? []) {
        context.write('output', chunk.subarray(0, 1));
        break;
      }
      return { kind: 'exit', code: 0 };
    });
    const endless = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          given += 1;
          return Promise.resolve({ done: false, value: Buffer.alloc(64 * 1024) });
        },
        return: () => {
          letGo.resolve();
          return Promise.resolve({ done: true, value: undefined } as const);
        },
      }),
    };
    const { id } = await client.start(
      definition(['a'], { input: { kind: 'stream', open: () => endless } }),
    );
    expect((await client.wait(id)).state).toBe('Completed');
    await letGo.promise;
    // What is taken ahead, and what is on its way.
    expect(given * 64 * 1024).toBeLessThan(24 * 1024 * 1024);
  });

  test('that fails at the client is never taken for whole', async () => {
    const failed = deferred<string>();
    const { client, served } = await serve(async (context) => {
      try {
        for await (const chunk of context.input?.() ?? []) context.write('output', chunk);
        failed.resolve('whole');
      } catch (error) {
        failed.resolve(String(error));
      }
      return { kind: 'exit', code: 0 };
    });
    const other = await connect(served.paths, VERSION);
    await other?.start(
      definition(['a'], {
        input: {
          kind: 'stream',
          open: async function* bytes() {
            yield Buffer.from('half');
            await Promise.resolve();
            throw new Error('the disk is broken');
          },
        },
      }),
    );
    expect(await failed.promise).toContain('the input ended early');
    await expect(other?.dispose()).rejects.toThrow('the disk is broken');
    expect((await client.find(EVERY_JOB)).jobs).toHaveLength(1);
  });

  test('is sent to its end before the client lets go', async () => {
    const gate = deferred<void>();
    const { served, hosted } = await serve(async (context) => {
      await gate.promise;
      return reading(context);
    });
    const other = await connect(served.paths, VERSION);
    const pieces = Array.from({ length: 100 }, () => 'y'.repeat(100_000));
    const job = await other?.start(definition(['a'], { input: streamOf(pieces) }));
    await other?.dispose();
    gate.resolve();
    await hosted.wait(job?.id ?? 0);
    expect((await textsByChild(hosted, job?.id ?? 0))[0]).toHaveLength(10_000_000);
  });
});

describe('letting go', () => {
  test('stops the jobs that are this client’s own, and no others', async () => {
    const { served, hosted } = await serve(untilAborted);
    const client = await served.client();
    const kept = await client.start(definition(['a']));
    await client.start(definition(['b']), { owned: true });
    await eventually(async () => (await hosted.status()).jobs.Running === 2);
    await client.dispose();
    await eventually(async () => (await hosted.find(EVERY_JOB)).jobs.length === 1);
    expect((await hosted.job(kept.id)).state).toBe('Running');
  });

  test('of changes that a controller cuts off: none stays with a signal that outlives them', async () => {
    const { served, client } = await serve(untilAborted);
    const { signal } = new AbortController();
    const changes = drain(client.changes(signal));
    await eventually(() => served.server.clients >= 1);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    served.server.http.close();
    served.server.http.closeAllConnections();
    await expect(changes).rejects.toThrow('the controller went away');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('from a controller that goes away: every call that waits says so', async () => {
    const { served, client } = await serve(untilAborted);
    const { id } = await client.start(definition(['a']));
    const owned = await client.start(definition(['a']), { owned: true });
    await eventually(async () => (await client.status()).jobs.Running === 2);
    const waiting = [
      client.wait(id),
      client.stop(99, 'x').catch(() => client.wait(id)),
      drain(client.follow(id)),
      drain(client.follow(owned.id)),
      drain(client.changes(new AbortController().signal)),
    ].map((call) =>
      call.then(
        () => 'done',
        (error: unknown) => error,
      ),
    );
    await eventually(() => served.server.clients >= 5);
    served.server.http.close();
    served.server.http.closeAllConnections();
    for (const error of await Promise.all(waiting)) {
      expect(error).toBeInstanceOf(ConfigError);
      expect(error).toMatchObject({ code: 'service', message: 'the controller went away' });
    }
    await expect(client.find(EVERY_JOB)).rejects.toMatchObject({ code: 'service' });
  });

  test('by ending the controller resolves when nobody answers any more', async () => {
    const [hosted] = hostedOnFakes(succeed);
    const served = await serveHere(hosted, {
      shutdown: ({ stopJobs }) => {
        if (!stopJobs) throw new ConfigError('job-state', 'jobs are unfinished');
        void served.server.close();
        return Promise.resolve();
      },
    });
    open.push(async () => {
      await hosted.dispose();
      await served.close();
    });
    const client = await served.client();
    await expect(client.shutdown({ stopJobs: false, detach: false })).rejects.toMatchObject({
      code: 'job-state',
    });
    await client.shutdown({ stopJobs: true, detach: false });
    expect(served.server.http.listening).toBe(false);
  });
});

test('an aborted signal ends a wait with its reason', async () => {
  const { client } = await serve(untilAborted);
  const { id } = await client.start(definition(['a']));
  const abort = new AbortController();
  const waiting = client.wait(id, { signal: abort.signal });
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});

test('a job of ten thousand records is freed as it is received', async () => {
  const { client, hosted } = await serve(
    speak(...Array.from({ length: 10_000 }, (_, n) => `${n}`)),
  );
  const { id } = await client.start(definition(['a']));
  await client.wait(id);
  let next = 0;
  for await (const { data } of client.receive(id)) {
    expect(Buffer.from(data).toString()).toBe(`a ${next}\n`);
    next += 1;
  }
  expect(next).toBe(10_000);
  expect((await hosted.status()).bytesHeld).toBe(0);
});

describe('a stream that goes on', () => {
  const endless = (count: number, given: (bytes: number) => void): Reading<Received> => {
    const data = Buffer.alloc(16 * 1024, 'x');
    let seq = 0;
    return {
      acknowledge: () => undefined,
      held: () => 0,
      stop: () => undefined,
      close: () => undefined,
      [Symbol.asyncIterator]: () => ({
        next: () => {
          if (seq === count) return Promise.resolve({ done: true, value: undefined });
          seq += 1;
          given(data.byteLength);
          const value = { childId: 2, host: 'a', seq, time: 1, stream: 'output', data } as const;
          return Promise.resolve({ done: false, value });
        },
      }),
    };
  };

  test('is acknowledged in few requests: after many records or bytes, else only now and then', async () => {
    const { client, served } = await serve(succeed, (hosted) => {
      hosted.openReceive = () => endless(4000, () => undefined);
    });
    let requests = 0;
    served.server.http.on('request', ({ url }) => {
      if (url?.endsWith('/acknowledge') === true) requests += 1;
    });
    const began = performance.now();
    let records = 0;
    for await (const { data } of client.receive(1)) if (data.byteLength === 16_384) records += 1;
    expect(records).toBe(4000);
    const byTime = (performance.now() - began) / ACKNOWLEDGE_AFTER.quietMs;
    const byBytes = (4000 * 16_384) / ACKNOWLEDGE_AFTER.bytes;
    expect(requests).toBeGreaterThan(0);
    expect(requests).toBeLessThanOrEqual(byTime + byBytes + 2);
  });

  test('is not read much further than it is asked for', async () => {
    let given = 0;
    const { client } = await serve(succeed, (hosted) => {
      hosted.openReceive = () => endless(Number.POSITIVE_INFINITY, (bytes) => (given += bytes));
    });
    const records = client.receive(1)[Symbol.asyncIterator]();
    await records.next();
    const held = await steady(() => given);
    // Two pieces at the controller, what the socket has, and what the client has taken ahead.
    expect(held).toBeLessThan(3 * 1024 * 1024);
    for (let count = 0; count < 1000; count += 1) await records.next();
    expect(await steady(() => given)).toBeGreaterThan(held + 12 * 1024 * 1024);
    await records.return?.();
  });
});

test('the client loads no more than it needs: neither the server, nor its schemas, nor anything slow', () => {
  const source = join(import.meta.dirname, '../../src');
  const files = new Set<string>();
  const modules = new Set<string>();
  const walk = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const loaded = readFileSync(file, 'utf8').matchAll(
      /^import (?!type).*?from '(?<to>[^']+)'/gmsu,
    );
    for (const { groups } of loaded) {
      const to = groups?.['to'] ?? '';
      if (to.startsWith('.')) walk(join(dirname(file), to));
      else modules.add(to);
    }
  };
  walk(join(source, 'service/client/connect.ts'));
  expect(files.size).toBeGreaterThan(10);
  const rooms = [...files].map((file) => dirname(relative(source, file)));
  expect([...new Set(rooms)].sort()).toEqual(['base', 'model', 'service/client', 'service/wire']);
  expect([...modules].filter((name) => !name.startsWith('node:'))).toEqual([]);
});

/** The number, once it has stopped growing. */
async function steady(count: () => number): Promise<number> {
  let last = -1;
  let same = 0;
  return eventually(() => {
    same = count() === last ? same + 1 : 0;
    last = count();
    return same === 10 ? last : null;
  });
}

function streamOf(pieces: readonly string[]) {
  return {
    kind: 'stream',
    open: async function* bytes(): AsyncGenerator<Uint8Array> {
      for (const piece of pieces) {
        await Promise.resolve();
        yield Buffer.from(piece);
      }
    },
  } as const;
}

async function textsByChild(
  controller: Pick<RemoteController, 'receive'>,
  id: number,
): Promise<readonly string[]> {
  const texts = new Map<number, string>();
  for await (const { childId, data } of controller.receive(id)) {
    texts.set(childId, (texts.get(childId) ?? '') + Buffer.from(data).toString());
  }
  return [...texts.values()];
}

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const item of items) expect(item).toBeDefined();
}

/** A socket nobody listens on: its listener was on a name of its own, which went away with it. */
async function leftBehind(socket: string): Promise<boolean> {
  const listener = createListener();
  const own = `${socket}.own`;
  await new Promise<void>((resolve) => listener.listen(own, resolve));
  linkSync(own, socket);
  chmodSync(socket, 0o600);
  await new Promise((resolve) => listener.close(resolve));
  return true;
}
