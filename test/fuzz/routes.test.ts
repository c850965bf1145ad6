import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostedController } from '../../src/model/ports/controller.ts';
import { EVERY_JOB } from '../../src/model/query.ts';
import { wireDefinition } from '../../src/service/wire/definition.ts';
import { hostedOnFakes, speak } from '../controller/contract-rig.ts';
import { definition } from '../controller/fakes.ts';
import { eventually } from '../helpers/eventually.ts';
import { serveHere, type Served } from '../service/server-rig.ts';

let served: Served;
let hosted: HostedController;
beforeAll(async () => {
  [hosted] = hostedOnFakes(speak());
  served = await serveHere(hosted);
});
afterAll(async () => {
  await hosted.dispose();
  await served.close();
});

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'QUERY', 'x'];
const part = fc.oneof(
  fc.constantFrom('v1', 'jobs', 'events', 'readings', 'inputs', 'controller', 'records', 'stop'),
  fc.constantFrom('1', '0', '-1', '1e9', '9007199254740993', '..', '%2e%2e', '%00', '%', 'wait'),
  fc.constantFrom('rerun', 'answer', 'acknowledge', '__proto__', 'constructor', 'openapi.json'),
  fc.constantFrom('00000000-0000-4000-8000-000000000000', '*', '~', "'", '%ff%fe'),
);
const query = fc.constantFrom(
  '',
  '?',
  '?terms=a&terms=b',
  '?keep=1',
  '?keep=true&hosts=a',
  '?newest=-1',
  '?__proto__=1',

  '?force=true',
  '?until=never',
  '?after=1e400',
  '?states=Running',
  `?terms=${'*'.repeat(500)}`,
);
const path = fc
  .tuple(fc.array(part, { maxLength: 5 }), query)
  .map(([parts, asked]) => `/${parts.join('/')}${asked}`);
const start = JSON.stringify({
  definition: wireDefinition(definition(['a', 'b']), ''),
  owned: false,
  passphrases: {},
});
const body = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('{"__proto__":{"x":1}}', '['.repeat(20_000), '{"a":'.repeat(5000), '', start),
  // A start with something of it changed.
  fc
    .tuple(fc.nat(start.length), fc.nat(6), fc.constantFrom('', '1', 'null', '"', '-', '[]', 'x'))
    .map(([at, cut, put]) => start.slice(0, at) + put + start.slice(at + cut)),
);
const header = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  { 'content-type': 'application/json; charset=x' },
  { 'content-type': 'application/octet-stream' },
  { 'content-type': 'multipart/form-data' },
  { 'content-length': '99999999' },
  { 'transfer-encoding': 'chunked' },
  { 'muster-version': '\u00FF'.repeat(50) },
  { expect: '100-continue' },
  { cookie: 'x'.repeat(20_000) },
);

/** What comes back of bytes that are written as they are; the connection is given up soon after. */
function write(bytes: string, holdMs: number): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(served.paths.socket, () => socket.write(bytes, 'latin1'));
    const timer = setTimeout(() => socket.destroy(), holdMs);
    socket.setEncoding('latin1').on('data', (text: string) => (heard += text));
    // It may be closed on us: that is an answer, too.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(heard);
    });
  });
}

async function stillServes(): Promise<void> {
  expect((await served.ask('GET', '/v1/jobs')).status).toBe(200);
  // No answer was a defect of ours, and nobody is held.
  expect(served.troubles).toEqual([]);
  await eventually(() => served.server.clients === 0);
}

describe("C12: the service's routes", () => {
  test('answer any request with a status of its own, or none, and go on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...METHODS),
        path,
        fc.option(body, { nil: '' }),
        header,
        async (method, url, text, headers) => {
          const lines = Object.entries({ host: 'x', ...headers }).map(
            ([name, value]) => `${name}: ${value}`,
          );
          const length =
            'content-length' in headers || 'transfer-encoding' in headers
              ? []
              : [`content-length: ${Buffer.byteLength(text, 'latin1')}`];
          const type = 'content-type' in headers ? [] : ['content-type: application/json'];
          const head = [
            `${method} ${url} HTTP/1.1`,
            ...lines,
            ...length,
            ...type,
            'connection: close',
          ];
          const heard = await write(`${head.join('\r\n')}\r\n\r\n${text}`, 60);
          const status = Number(/^HTTP\/1\.1 (\d{3})/u.exec(heard)?.[1] ?? 0);
          expect(status, heard.slice(0, 300)).toBeLessThan(500);
        },
      ),
      { numRuns: 250 },
    );
    await stillServes();
  });

  test('take what is no HTTP, is cut off or never goes on for what it is', async () => {
    const whole = `POST /v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(start)}\r\n\r\n${start}`;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 200 }),
          fc.nat(whole.length - 1).map((at) => whole.slice(0, at)),
          fc.nat(30).map((count) => `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(count * 200)}`),
        ),
        async (bytes) => {
          const heard = await write(bytes, 5);
          expect(heard).toMatch(/^(?:$|HTTP\/1\.1 4)/u);
        },
      ),
      { numRuns: 120 },
    );
    await stillServes();
    // A request that was cut off has started nothing.
    const { jobs } = await hosted.find(EVERY_JOB);
    const before = jobs.length;
    await write(whole.slice(0, -1), 5);
    expect((await hosted.find(EVERY_JOB)).jobs).toHaveLength(before);
  });

  test('hold on to nothing of what was asked', async () => {
    const ask = async (): Promise<void> => {
      const asked = Array.from({ length: 20 }, () =>
        write(
          `POST /v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9999999\r\n\r\n${'x'.repeat(100_000)}`,
          5,
        ),
      );
      await Promise.all(asked);
    };
    await ask();
    const before = process.memoryUsage.rss();
    for (let round = 0; round < 10; round += 1) await ask();
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1024 * 1024);
    await stillServes();
  });
});
