import { request, type IncomingMessage } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { abortReason } from '../../src/base/abort.ts';
import type { JobEvent, StateEvent } from '../../src/model/event.ts';
import type { HostedController, Reading, Received } from '../../src/model/ports/controller.ts';
import { EVERY_JOB } from '../../src/model/query.ts';
import { wireDefinition } from '../../src/service/wire/definition.ts';
import { BYTES, FRAMES } from '../../src/service/wire/protocol.ts';
import {
  aborted,
  hostedOnFakes,
  speak,
  untilAborted,
  type Run,
} from '../controller/contract-rig.ts';
import { deferred, definition, settled } from '../controller/fakes.ts';
import { eventually } from '../helpers/eventually.ts';
import { serveHere, VERSION, type Served } from './server-rig.ts';

describe('the service', () => {
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).toReversed()) await close();
  });
  const serve = async (run: Run, fakes: Partial<HostedController> = {}): Promise<On> => {
    const [hosted] = hostedOnFakes(run);
    const served = await serveHere(withFakes(hosted, fakes));
    open.push(() => hosted.dispose().then(() => served.close()));
    return { served, hosted };
  };

  test('never says what it was sent, only where it is wrong', async () => {
    const { served } = await serve(speak());
    const body = { definition: wireDefinition(definition(['a']), ''), owned: false };
    const sent = [
      { body: { ...body, passphrases: { '/key': [SECRET, SECRET, SECRET, SECRET] } } },
      { body: { ...body, passphrases: {}, [SECRET]: 1 } },
      { body: { ...body, owned: SECRET, passphrases: {} } },
      { text: `{"passphrases": {"/key": ["${SECRET}"}` },
      { text: SECRET },
      { text: SECRET, headers: { 'content-type': 'text/plain' } },
    ];
    for (const options of sent) {
      const answer = await served.ask('POST', '/v1/jobs', options);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.text).toMatch(/"code":"usage"/u);
      expect(answer.text).not.toContain(SECRET);
    }
    expect(served.troubles).toEqual([]);
  });

  test('keeps its own errors to itself, and tells its owner', async () => {
    const { served } = await serve(speak(), {
      find: () => Promise.reject(new TypeError(`inside ${SECRET}`)),
    });
    const answer = await served.ask('GET', '/v1/jobs');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain(SECRET);
    expect(served.troubles).toEqual([expect.stringContaining('TypeError: inside')]);
  });

  test('refuses what is no request of its own', async () => {
    const { served } = await serve(speak());
    const status = async (...asked: Parameters<Served['ask']>): Promise<number> =>
      (await served.ask(...asked)).status;
    expect(await status('GET', '/v1/nowhere')).toBe(404);
    expect(await status('HEAD', '/v1/jobs')).toBe(404);
    expect(await status('GET', '/v1/jobs?terms=a&more=1')).toBe(400);
    expect(await status('GET', '/v1/jobs/none')).toBe(400);
    expect(await status('GET', '/v1/jobs/-1')).toBe(400);
    expect(await status('POST', '/v1/jobs/1/stop', { body: {} })).toBe(400);
    expect(await status('POST', '/v1/jobs/1/stop', { text: 'x'.repeat(2_000_000) })).toBe(413);
    expect(await status('GET', `/v1/jobs?terms=${'x'.repeat(2_000_000)}`)).toBe(431);
    expect(await status('GET', `/v1/jobs?terms=${'x'.repeat(500_000)}`)).toBe(200);
  });

  test('answers another version with its own, except who it is and its end', async () => {
    const { served } = await serve(speak());
    const headers = { 'muster-version': '0.0.1' };
    const refused = await served.ask('GET', '/v1/jobs', { headers });
    expect(refused.status).toBe(426);
    expect(JSON.parse(refused.text)).toMatchObject({
      pid: process.pid,
      version: VERSION,
      error: { code: 'service' },
    });
    for (const path of ['/v1/status', '/v1/openapi.json']) {
      expect((await served.ask('GET', path, { headers })).status).toBe(200);
    }
    const body = { stopJobs: false, detach: false };
    const stop = await served.ask('POST', '/v1/controller/stop', { headers, body });
    expect(stop.status).toBe(200);
  });

  test('counts the connections of its clients, and tells of each that comes and goes', async () => {
    const { served } = await serve(speak());
    const counts: number[] = [];
    served.server.onClients(() => counts.push(served.server.clients));
    const answer = await openStream(served, '/v1/events');
    expect(counts).toEqual([1]);
    answer.destroy();
    await eventually(() => counts.length === 2);
    expect(counts).toEqual([1, 0]);
  });

  test('ends a wait when its client goes', async () => {
    const waiting = deferred<AbortSignal | undefined>();
    const { served } = await serve(speak(), {
      wait: (_id, { signal } = {}) => {
        waiting.resolve(signal);
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(abortReason(signal)));
        });
      },
    });
    const asked = request({ socketPath: served.paths.socket, path: '/v1/jobs/1/wait' });
    asked.on('error', () => undefined).end();
    const signal = await waiting.promise;
    expect(signal?.aborted).toBe(false);
    asked.destroy();
    await eventually(() => signal?.aborted);
    await settled();
    expect(served.troubles).toEqual([]);
  });

  describe('an owned job', () => {
    test('is told from its start to its end, and forgotten then', async () => {
      const { served, hosted } = await serve(speak('one', 'two'));
      const answer = await served.ask('POST', '/v1/jobs', { body: ownedBody() });
      const lines = answer.text.trimEnd().split('\n').map(parse);
      expect(lines[0]).toMatchObject({ job: { id: 1, state: 'Running' } });
      expect(lines.filter(({ event }) => event === 'record')).toMatchObject([
        { jobId: 2, host: 'a', seq: 1, stream: 'output', data: 'a one\n' },
        { jobId: 2, host: 'a', seq: 2, data: 'a two\n' },
      ]);
      expect(lines.at(-1)).toMatchObject({ event: 'end', job: { state: 'Completed' } });
      expect((await hosted.find(EVERY_JOB)).jobs).toEqual([]);
    });

    test('is stopped and forgotten when its client goes', async () => {
      const ended = deferred<string | null>();
      const { served, hosted } = await serve(async (context) => {
        const end = await aborted(context);
        ended.resolve(JSON.stringify(context.signal.reason));
        return end;
      });
      const answer = await openStream(served, '/v1/jobs', ownedBody());
      await eventually(async () => (await hosted.job(2)).children[0]?.state === 'Running');
      answer.destroy();
      expect(await ended.promise).toBe('{"kind":"stop","by":"the end of its client"}');
      await eventually(async () => (await hosted.find(EVERY_JOB)).jobs.length === 0);
      expect(served.troubles).toEqual([]);
    });

    test('makes its hosts wait for a client that does not read', async () => {
      let written = 0;
      const pressed = new AbortController();
      const { served, hosted } = await serve(async (context) => {
        context.onPressure(() => pressed.abort());
        const piece = Buffer.alloc(64 * 1024, 'x');
        while (!pressed.signal.aborted && !context.signal.aborted) {
          context.write('output', piece);
          written += piece.byteLength;
          await settled();
        }
        return aborted(context);
      });
      const answer = await openStream(served, '/v1/jobs', ownedBody());
      answer.pause();
      await eventually(() => pressed.signal.aborted);
      expect(written).toBeLessThan(32 * 1024 * 1024);
      answer.destroy();
      await eventually(async () => (await hosted.find(EVERY_JOB)).jobs.length === 0);
    });
  });

  describe('a reading', () => {
    test('stays open until all of it is acknowledged, and only that is freed', async () => {
      const { served, hosted } = await serve(speak('one', 'two', 'three'));
      const { id } = await hosted.start(definition(['a']));
      await hosted.wait(id);
      const stream = await openStream(served, `/v1/jobs/${id}/records`);
      const lines = collect(stream);
      await eventually(() => lines.length === 4);
      const [first] = lines;
      const reading = String(first?.['reading']);
      await acknowledge(served, reading, [{ childId: id + 1, seq: 2 }]);
      expect(lines.ended).toBe(false);
      expect((await hosted.job(id)).hasMoreData).toBe(true);
      await acknowledge(served, reading, [{ childId: id + 1, seq: 3 }]);
      await eventually(() => lines.ended);
      expect((await hosted.job(id)).hasMoreData).toBe(false);
    });

    test('frees nothing that was not sent, whatever its client acknowledges', async () => {
      const gate = deferred<void>();
      const acknowledged: [number, number][] = [];
      const { served } = await serve(speak(), {
        openReceive: () => ({
          async *[Symbol.asyncIterator]() {
            yield received(1, 10);
            await gate.promise;
          },
          acknowledge: (childId, seq) => acknowledged.push([childId, seq]),
          ...UNHELD,
          close: () => gate.resolve(),
        }),
      });
      const stream = await openStream(served, '/v1/jobs/1/records');
      const lines = collect(stream);
      await eventually(() => lines.length === 2);
      const reading = String(lines[0]?.['reading']);
      await acknowledge(served, reading, [
        { childId: 2, seq: 1_000_000 },
        { childId: 3, seq: 1 },
      ]);
      expect(acknowledged).toEqual([[2, 1]]);
      stream.destroy();
      await gate.promise;
    });

    test('whose client goes gives back what was not acknowledged', async () => {
      const { served, hosted } = await serve(speak('one', 'two', 'three'));
      const { id } = await hosted.start(definition(['a']));
      await hosted.wait(id);
      const stream = await openStream(served, `/v1/jobs/${id}/records`);
      const lines = collect(stream);
      await eventually(() => lines.length === 4);
      await acknowledge(served, String(lines[0]?.['reading']), [{ childId: id + 1, seq: 1 }]);
      stream.destroy();
      await eventually(() => served.server.clients === 0);
      const rest: number[] = [];
      for await (const { seq } of hosted.receive(id)) rest.push(seq);
      expect(rest).toEqual([2, 3]);
    });

    test('is read no faster than its client reads', async () => {
      let given = 0;
      const { served } = await serve(speak(), {
        openReceive: () =>
          endless(() => {
            given += 1;
            return received(given, 32 * 1024);
          }),
      });
      const stream = await openStream(served, '/v1/jobs/1/records', undefined, FRAMES);
      stream.pause();
      const most = await steady(() => given);
      expect(most).toBeGreaterThan(0);
      // The system's buffers for a socket, both ways, and two pieces of ours.
      expect(most * 32).toBeLessThan(2 * 1024);
      stream.destroy();
    });

    test('of the changes of all jobs is read no faster either', async () => {
      let given = 0;
      const { served } = await serve(speak(), {
        changes: () =>
          endless((): StateEvent => {
            given += 1;
            return { ...CHANGE, time: given };
          }),
      });
      const stream = await openStream(served, '/v1/events');
      stream.pause();
      expect((await steady(() => given)) * 150).toBeLessThan(4 * 1024 * 1024);
      stream.destroy();
    });

    test('that fails says so in its last line', async () => {
      const { served } = await serve(speak(), {
        openFollow: (): Reading<JobEvent> => ({
          // oxlint-disable-next-line require-yield -- it fails before it could
          async *[Symbol.asyncIterator]() {
            await Promise.resolve();
            throw new Error(SECRET);
          },
          acknowledge: () => undefined,
          ...UNHELD,
          close: () => undefined,
        }),
      });
      const answer = await served.ask('GET', '/v1/jobs/1/events');
      const [first, last] = answer.text.trimEnd().split('\n').map(parse);
      expect(first).toHaveProperty('reading');
      expect(last).toMatchObject({ error: { code: 'internal' } });
      expect(answer.text).not.toContain(SECRET);
      expect(served.troubles).toHaveLength(1);
    });
  });

  test('tells any program every time as ISO 8601, UTC, with milliseconds', async () => {
    const { served, hosted } = await serve(speak('hello'));
    const { id } = await hosted.start(definition(['a']));
    const { begin, end } = await hosted.wait(id);
    const iso = (ms: number | null): string => new Date(ms ?? Number.NaN).toISOString();
    const job = { begin: iso(begin), end: iso(end) };
    const timed = { ...job, children: [{ begin: ISO, end: ISO }] };
    const get = async (path: string): Promise<Line[]> =>
      (await served.ask('GET', path)).text.trimEnd().split('\n').map(parse);
    expect(await get('/v1/jobs')).toMatchObject([{ jobs: [job] }]);
    expect(await get('/v1/jobs?terms=2')).toMatchObject([{ jobs: [{ begin: ISO, end: ISO }] }]);
    expect(await get(`/v1/jobs/${id}`)).toMatchObject([timed]);
    expect(await get(`/v1/jobs/${id}/wait`)).toMatchObject([timed]);
    expect(await get(`/v1/jobs/${id}/records?keep=true`)).toMatchObject([
      { reading: null },
      { time: ISO, data: 'a hello\n' },
    ]);
    const [, ...events] = await get(`/v1/jobs/${id}/events?keep=true`);
    expect(events.at(-1)).toMatchObject({ event: 'end', job: timed });
    expect(events.slice(0, -1).map(({ time }) => time)).toEqual(
      Array(events.length - 1).fill(ISO) as unknown[],
    );
    const body = { hosts: ['completed'], agent: null };
    const again = await served.ask('POST', `/v1/jobs/${id}/rerun`, { body });
    expect(parse(again.text)).toMatchObject({ begin: ISO });
    const sent = { ...ownedBody(), owned: false };
    const started = await served.ask('POST', '/v1/jobs', { body: sent });
    expect(parse(started.text)).toMatchObject({ begin: ISO });
  });

  test('tells changes of all jobs with their times as ISO 8601, too', async () => {
    const { served } = await serve(speak(), {
      changes: async function* changes() {
        await Promise.resolve();
        yield { ...CHANGE, time: Date.UTC(2026, 0, 2, 3, 4, 5, 6) };
      },
    });
    const [line = ''] = (await served.ask('GET', '/v1/events')).text.split('\n');
    expect(parse(line)).toEqual({ ...CHANGE, time: '2026-01-02T03:04:05.006Z' });
  });

  test('takes input only for a job that waits for it', async () => {
    const { served } = await serve(untilAborted);
    const path = '/v1/inputs/00000000-0000-4000-8000-000000000000';
    const answer = await served.ask('PUT', path, { text: 'x', headers: { 'content-type': BYTES } });
    expect(answer.status).toBe(400);
  });

  test('lets go of every connection when it closes', async () => {
    const { served, hosted } = await serve(untilAborted);
    const { id } = await hosted.start(definition(['a']));
    const streams = await Promise.all([
      openStream(served, '/v1/events'),
      openStream(served, `/v1/jobs/${id}/events`),
    ]);
    const closed = Promise.all(
      streams.map(
        (stream) =>
          new Promise((resolve) => {
            stream.on('error', () => undefined).once('close', resolve);
          }),
      ),
    );
    await served.server.close();
    await closed;
    await eventually(() => served.server.clients === 0);
  });
});

interface On {
  readonly served: Served;
  readonly hosted: HostedController;
}

/** The controller, with some of what it does replaced. */
function withFakes(hosted: HostedController, fakes: Partial<HostedController>): HostedController {
  return new Proxy(hosted, {
    get: (target, name) => {
      const fake: unknown = Reflect.get(fakes, name);
      if (fake !== undefined) return fake;
      const real: unknown = Reflect.get(target, name);
      return typeof real === 'function' ? (real.bind(target) as unknown) : real;
    },
  });
}

function ownedBody(): object {
  return { definition: wireDefinition(definition(['a']), ''), owned: true, passphrases: {} };
}

function openStream(
  { paths }: Served,
  path: string,
  body?: object,
  accept = 'application/x-ndjson',
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request({
      socketPath: paths.socket,
      method: body === undefined ? 'GET' : 'POST',
      path,
      agent: false,
      headers: { accept, ...(body && { 'content-type': 'application/json' }) },
    });
    asked.once('response', resolve).once('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

type Line = Readonly<Record<string, unknown>>;

/** The lines as they come. */
function collect(stream: IncomingMessage): Line[] & { ended: boolean } {
  const lines = Object.assign([] as Line[], { ended: false });
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const all = (rest + text).split('\n');
    rest = all.pop() ?? '';
    lines.push(...all.map(parse));
  });
  stream.once('end', () => {
    lines.ended = true;
  });
  stream.on('error', () => undefined);
  return lines;
}

function parse(line: string): Line {
  return JSON.parse(line) as Line;
}

async function acknowledge(
  served: Served,
  reading: string,
  records: readonly object[],
): Promise<void> {
  const body = { records, close: false };
  const answer = await served.ask('POST', `/v1/readings/${reading}/acknowledge`, { body });
  expect(answer.status).toBe(200);
}

function received(seq: number, bytes: number): Received {
  return { childId: 2, host: 'a', seq, time: 1, stream: 'output', data: Buffer.alloc(bytes, 'x') };
}

/** A source that always has one more at hand. */
function endless<T>(make: () => T): Reading<T> {
  let isClosed = false;
  const end = (): IteratorResult<T> => ({ done: true, value: undefined });
  return {
    acknowledge: () => undefined,
    ...UNHELD,
    close: () => {
      isClosed = true;
    },
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve(isClosed ? end() : { done: false, value: make() }),
      return: () => {
        isClosed = true;
        return Promise.resolve(end());
      },
    }),
  };
}

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

const ISO: unknown = expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/u);
const UNHELD = { held: () => 0, stop: () => undefined };
const SECRET = 'hunter2-canary';
const CHANGE: StateEvent = {
  event: 'state',
  jobId: 1,
  parentId: null,
  host: null,
  from: 'Running',
  to: 'Completed',
  time: 0,
  failure: null,
};
